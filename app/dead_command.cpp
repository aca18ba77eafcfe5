#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <span>

#include "app/admin_commands.hpp"
#include "app/answer.hpp"
#include "app/table.hpp"
#include "core/json_text.hpp"
#include "core/percent_encoding.hpp"

namespace spillway::app {
namespace {

constexpr std::size_t kPageMax = 200;      // what the API gives at once
constexpr std::size_t kOrderedMax = 1000;  // deliveries that one request names
constexpr std::size_t kListedMax = 100'000;
constexpr std::size_t kErrorCharactersMax = 48;  // of a table's row

std::string dead_target(const DeadFilter& filter, std::size_t limit, std::string_view cursor) {
  std::string target = fmt::format("/v1/dead?limit={}", limit);
  for (const auto& [name, value] :
       {std::pair<std::string_view, std::string_view>("destination", filter.destination),
        {"state", filter.state},
        {"reason", filter.reason},
        {"cursor", cursor}}) {
    if (!value.empty()) {
      fmt::format_to(std::back_inserter(target), "&{}={}", name, core::percent_encoded(value));
    }
  }
  return target;
}

// Page after page until the limit; the visitor gets each page.
core::Result<void> for_each_page(AdminClient& admin, const DeadFilter& filter,
                                 const std::function<void(const Answer&)>& visitor) {
  std::size_t seen = 0;
  std::string cursor;
  do {
    const auto page = Answer::parse(
        admin.get(dead_target(filter, std::min(filter.limit - seen, kPageMax), cursor)));
    if (!page) {
      return std::unexpected(page.error());
    }
    seen += (*page)["deliveries"].elements().size();
    visitor(*page);
    cursor = (*page)["next_cursor"].text();
  } while (!cursor.empty() && seen < filter.limit);
  return {};
}

// The deliveries of one event that were given up on.
core::Result<void> add_of_event(AdminClient& admin, const std::string& id, const DeadFilter& filter,
                                std::vector<DeadDelivery>& found) {
  const auto event = Answer::parse(admin.get("/v1/events/" + core::percent_encoded(id)));
  if (!event) {
    return std::unexpected(event.error());
  }
  for (const AnswerValue& delivery : (*event)["deliveries"].elements()) {
    const std::string state = delivery["state"].text();
    const std::string destination = delivery["destination"].text();
    const bool given_up =
        filter.state.empty() ? state == "dead" || state == "expired" : state == filter.state;
    if (given_up && (filter.destination.empty() || filter.destination == destination) &&
        (filter.reason.empty() || filter.reason == delivery["reason"].text())) {
      found.push_back({id, destination});
    }
  }
  return {};
}

std::string order_body(std::span<const DeadDelivery> deliveries) {
  core::JsonWriter json;
  json.begin_object().key("deliveries").begin_array();
  for (const DeadDelivery& delivery : deliveries) {
    json.begin_object();
    json.key("event_id").value(delivery.event_id);
    json.key("destination").value(delivery.destination);
    json.end_object();
  }
  json.end_array().end_object();
  return json.take();
}

// Names the deliveries in as many requests as it takes. `counted`: the answer's member that says
// how many it was.
core::Result<Output> order(AdminClient& admin, std::string_view target,
                           const std::vector<DeadDelivery>& deliveries, std::string_view counted,
                           std::string_view verb, OutputForm form) {
  Output output;
  std::uint64_t done = 0;
  std::string refusals;
  std::span<const DeadDelivery> rest(deliveries);
  while (!rest.empty()) {
    const auto some = rest.first(std::min(rest.size(), kOrderedMax));
    rest = rest.subspan(some.size());
    const auto answer = Answer::parse(admin.post(target, order_body(some)));
    if (!answer) {
      return std::unexpected(answer.error());
    }
    done += (*answer)[counted].count();
    for (const AnswerValue& refused : (*answer)["refused"].elements()) {
      fmt::format_to(std::back_inserter(refusals), "{} to {}: {}\n", refused["event_id"].text(),
                     printable(refused["destination"].text()), printable(refused["why"].text()));
    }
    if (form == OutputForm::json) {
      output.text.append(answer->text()).append("\n");
    }
  }
  if (form == OutputForm::table) {
    output.text =
        fmt::format("{} of {} deliveries {}\n{}", done, deliveries.size(), verb, refusals);
  }
  output.code = done == deliveries.size() ? kOk : kProblem;
  return output;
}

}  // namespace

core::Result<Output> list_dead(AdminClient& admin, const DeadFilter& filter, OutputForm form) {
  Table table(
      {"received", "event", "destination", "state", "reason", "attempts", "status", "last error"});
  std::string pages;
  const auto listed = for_each_page(admin, filter, [&](const Answer& page) {
    for (const AnswerValue& delivery : page["deliveries"].elements()) {
      table.add({delivery["received"].text(), delivery["event_id"].text(),
                 delivery["destination"].text(), delivery["state"].text(),
                 delivery["reason"].text(), delivery["attempts_made"].text(),
                 delivery["last_status"].text(),
                 shortened(delivery["last_failure"]["error"].text(), kErrorCharactersMax)});
    }
    pages.append(page.text()).append("\n");
  });
  if (!listed) {
    return std::unexpected(listed.error());
  }
  return Output{form == OutputForm::json ? std::move(pages) : table.text()};
}

core::Result<std::vector<DeadDelivery>> find_dead(AdminClient& admin,
                                                  const std::vector<std::string>& event_ids,
                                                  const DeadFilter& filter) {
  std::vector<DeadDelivery> found;
  for (const std::string& id : event_ids) {
    if (const auto added = add_of_event(admin, id, filter, found); !added) {
      return std::unexpected(added.error());
    }
  }
  return found;
}

core::Result<Output> replay_dead(AdminClient& admin, const std::vector<DeadDelivery>& deliveries,
                                 OutputForm form) {
  return order(admin, "/v1/dead/replay", deliveries, "reopened", "wait again", form);
}

core::Result<Output> drop_dead(AdminClient& admin, const std::vector<DeadDelivery>& deliveries,
                               OutputForm form) {
  return order(admin, "/v1/dead/drop", deliveries, "dropped", "dropped for good", form);
}

namespace {

struct ListArguments : AdminArguments {
  DeadFilter filter;
};

// Of a command that does something: to the deliveries of the events named, or as a job to all that
// the rest describes, or on purpose to all.
struct OrderArguments : JobArguments {
  std::vector<std::string> event_ids;
  DeadFilter filter;
  std::string source;
  std::string from;
  std::string to;
  bool all = false;
};

void add_filter(CommandLine command, DeadFilter& filter, std::vector<std::string> states) {
  command.option("--destination", filter.destination, "-: events without a route");
  command.option("--state", filter.state, fmt::format("{}", fmt::join(states, ", ")))
      .one_of(states);
  command.option("--reason", filter.reason, "exhausted, rejected, no_route, malformed, ttl");
}

CommandLine add_order(CommandLine dead, const std::string& name, const std::string& help,
                      std::vector<std::string> states,
                      const std::shared_ptr<OrderArguments>& arguments) {
  CommandLine command = dead.add_command(name, help);
  add_admin_options(command, *arguments);
  add_job_options(command, *arguments);
  add_filter(command, arguments->filter, std::move(states));
  command.option("--source", arguments->source);
  command.option("--from", arguments->from, "Received then or later: 2026-03-01T12:00:00Z");
  command.option("--to", arguments->to, "Received before");
  command.option("events", arguments->event_ids, "Of these events only");
  command.flag("--all", arguments->all, "Needed when nothing else selects");
  return command;
}

void check_selection(const OrderArguments& arguments) {
  const DeadFilter& filter = arguments.filter;
  const bool job_only = !arguments.source.empty() || !arguments.from.empty() ||
                        !arguments.to.empty() || arguments.rate > 0 || arguments.dry_run;
  if (!arguments.event_ids.empty() && job_only) {
    throw UsageError(
        "events that are named are taken at once: --source, --from, --to, --rate and --dry-run "
        "go without them");
  }
  if (arguments.event_ids.empty() && filter.destination.empty() && filter.reason.empty() &&
      filter.state.empty() && arguments.source.empty() && arguments.from.empty() &&
      arguments.to.empty() && !arguments.all) {
    throw UsageError(
        "name events, or select with --destination, --source, --reason, --state, --from or --to, "
        "or say --all");
  }
}

JobOrder job_of(const OrderArguments& arguments, std::string target) {
  core::JsonWriter json;
  json.begin_object();
  for (const auto& [name, value] :
       {std::pair<std::string_view, std::string_view>("destination", arguments.filter.destination),
        {"source", arguments.source},
        {"state", arguments.filter.state},
        {"reason", arguments.filter.reason},
        {"received_from", arguments.from},
        {"received_to", arguments.to}}) {
    if (!value.empty()) {
      json.key(name).value(value);
    }
  }
  json.end_object();
  return {.target = std::move(target), .filter = json.take(), .rate = arguments.rate};
}

core::Result<Output> replay_selected(AdminClient& admin, const OrderArguments& arguments) {
  if (arguments.event_ids.empty()) {
    return order_job(admin, job_of(arguments, "/v1/dead/replay"), arguments, "");
  }
  const auto deliveries = find_dead(admin, arguments.event_ids, arguments.filter);
  if (!deliveries) {
    return std::unexpected(deliveries.error());
  }
  return replay_dead(admin, *deliveries, arguments.form());
}

core::Result<Output> drop_selected(AdminClient& admin, const OrderArguments& arguments) {
  constexpr std::string_view kLoss = "Drop {} deliveries for good";
  if (arguments.event_ids.empty()) {
    return order_job(admin, job_of(arguments, "/v1/dead/drop"), arguments, kLoss);
  }
  const auto deliveries = find_dead(admin, arguments.event_ids, arguments.filter);
  if (!deliveries) {
    return std::unexpected(deliveries.error());
  }
  if (!arguments.yes && !deliveries->empty() &&
      !confirmed(fmt::format(fmt::runtime(kLoss), deliveries->size()))) {
    return Output{"nothing was dropped\n", kUsage};
  }
  return drop_dead(admin, *deliveries, arguments.form());
}

}  // namespace

void add_dead(CommandLine app, Command& chosen) {
  CommandLine dead = app.add_command("dead", "Deliveries given up on: look, replay, drop");
  dead.needs_command();

  const auto listing = std::make_shared<ListArguments>();
  CommandLine list = dead.add_command("list", "Newest first");
  add_admin_options(list, *listing);
  add_filter(list, listing->filter, {"dead", "expired"});
  list.option("--limit", listing->filter.limit).between(std::size_t{1}, kListedMax).shows_default();
  list.when_chosen([listing, &chosen] {
    chosen = [listing] {
      return ask_admin(*listing, [listing](AdminClient& admin) {
        return list_dead(admin, listing->filter, listing->form());
      });
    };
  });

  const auto ordered = std::make_shared<OrderArguments>();
  const auto run = [ordered, &chosen](auto order) {
    return [ordered, &chosen, order] {
      check_selection(*ordered);
      chosen = [ordered, order] {
        return ask_admin(*ordered,
                         [ordered, order](AdminClient& admin) { return order(admin, *ordered); });
      };
    };
  };
  add_order(dead, "replay", "Send them again", {"dead", "expired", "delivered"}, ordered)
      .when_chosen(run(replay_selected));
  CommandLine drop = add_order(dead, "drop", "Give them up for good", {"dead", "expired"}, ordered);
  add_yes(drop, *ordered);
  drop.when_chosen(run(drop_selected));
}

}  // namespace spillway::app
