#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <memory>
#include <span>

#include "app/admin_commands.hpp"
#include "app/answer.hpp"
#include "app/table.hpp"
#include "core/json_text.hpp"

namespace spillway::app {
namespace {

constexpr std::size_t kPageMax = 200;      // what the API gives at once
constexpr std::size_t kOrderedMax = 1000;  // deliveries that one request names
constexpr std::size_t kSelectedMax = 100'000;

std::string dead_target(const DeadFilter& filter, std::size_t limit, std::string_view cursor) {
  std::string target = fmt::format("/v1/dead?limit={}", limit);
  for (const auto& [name, value] :
       {std::pair<std::string_view, std::string_view>("destination", filter.destination),
        {"state", filter.state},
        {"reason", filter.reason},
        {"cursor", cursor}}) {
    if (!value.empty()) {
      fmt::format_to(std::back_inserter(target), "&{}={}", name, percent_encoded(value));
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
  const auto event = Answer::parse(admin.get("/v1/events/" + percent_encoded(id)));
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
  Table table({"received", "event", "destination", "state", "reason", "attempts", "status"});
  std::string pages;
  const auto listed = for_each_page(admin, filter, [&](const Answer& page) {
    for (const AnswerValue& delivery : page["deliveries"].elements()) {
      table.add({delivery["received"].text(), delivery["event_id"].text(),
                 delivery["destination"].text(), delivery["state"].text(),
                 delivery["reason"].text(), delivery["attempts_made"].text(),
                 delivery["last_status"].text()});
    }
    pages.append(page.text()).append("\n");
  });
  if (!listed) {
    return std::unexpected(listed.error());
  }
  return Output{form == OutputForm::json ? std::move(pages) : table.text()};
}

core::Result<std::vector<DeadDelivery>> find_dead(AdminClient& admin, const DeadFilter& filter) {
  std::vector<DeadDelivery> found;
  for (const std::string& id : filter.event_ids) {
    if (const auto added = add_of_event(admin, id, filter, found); !added) {
      return std::unexpected(added.error());
    }
  }
  if (!filter.event_ids.empty()) {
    return found;
  }
  const auto listed = for_each_page(admin, filter, [&](const Answer& page) {
    for (const AnswerValue& delivery : page["deliveries"].elements()) {
      found.push_back({delivery["event_id"].text(), delivery["destination"].text()});
    }
  });
  if (!listed) {
    return std::unexpected(listed.error());
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

struct DeadArguments : AdminArguments {
  DeadFilter filter;
  bool all = false;
  bool yes = false;
};

void add_filter(CLI::App& command, DeadFilter& filter) {
  command.add_option("--destination", filter.destination, "-: events without a route");
  command.add_option("--state", filter.state, "dead or expired")
      ->check(CLI::IsMember({"dead", "expired"}));
  command.add_option("--reason", filter.reason, "exhausted, rejected, no_route, malformed, ttl");
  command.add_option("--limit", filter.limit)
      ->check(CLI::Range(std::size_t{1}, kSelectedMax))
      ->capture_default_str();
}

bool confirmed(const std::vector<DeadDelivery>& deliveries) {
  if (isatty(STDIN_FILENO) == 0) {
    fmt::print(stderr, "spillway: dropping {} deliveries for good needs --yes\n",
               deliveries.size());
    return false;
  }
  fmt::print(stderr, "Drop {} deliveries for good? They are never sent then. [y/N] ",
             deliveries.size());
  std::string line;
  return std::getline(std::cin, line) && (line == "y" || line == "yes");
}

// A command that does something to deliveries: those of the events named, those that the filter
// describes, or on purpose all.
CLI::App* add_order(CLI::App& dead, const std::string& name, const std::string& help,
                    const std::shared_ptr<DeadArguments>& arguments) {
  CLI::App* command = dead.add_subcommand(name, help);
  add_admin_options(*command, *arguments);
  add_filter(*command, arguments->filter);
  command->add_option("events", arguments->filter.event_ids, "Of these events only");
  command->add_flag("--all", arguments->all, "Needed when nothing else selects");
  return command;
}

void require_selection(const DeadArguments& arguments) {
  const DeadFilter& filter = arguments.filter;
  if (filter.event_ids.empty() && filter.destination.empty() && filter.reason.empty() &&
      filter.state.empty() && !arguments.all) {
    throw CLI::ValidationError(
        "name events, or select with --destination, --reason or --state, "
        "or say --all");
  }
}

core::Result<Output> drop_selected(AdminClient& admin, const DeadArguments& arguments) {
  const auto deliveries = find_dead(admin, arguments.filter);
  if (!deliveries) {
    return std::unexpected(deliveries.error());
  }
  if (!arguments.yes && !deliveries->empty() && !confirmed(*deliveries)) {
    return Output{"nothing was dropped\n", kUsage};
  }
  return drop_dead(admin, *deliveries, arguments.form());
}

core::Result<Output> replay_selected(AdminClient& admin, const DeadArguments& arguments) {
  const auto deliveries = find_dead(admin, arguments.filter);
  if (!deliveries) {
    return std::unexpected(deliveries.error());
  }
  return replay_dead(admin, *deliveries, arguments.form());
}

}  // namespace

void add_dead(CLI::App& app, Command& chosen) {
  CLI::App* dead = app.add_subcommand("dead", "Deliveries given up on: look, replay, drop");
  dead->require_subcommand(1);
  const auto arguments = std::make_shared<DeadArguments>();

  CLI::App* list = dead->add_subcommand("list", "Newest first");
  add_admin_options(*list, *arguments);
  add_filter(*list, arguments->filter);
  list->callback([arguments, &chosen] {
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return list_dead(admin, arguments->filter, arguments->form());
      });
    };
  });

  CLI::App* replay = add_order(*dead, "replay", "Send them again", arguments);
  replay->callback([arguments, &chosen] {
    require_selection(*arguments);
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return replay_selected(admin, *arguments);
      });
    };
  });

  CLI::App* drop = add_order(*dead, "drop", "Give them up for good", arguments);
  drop->add_flag("-y,--yes", arguments->yes, "Does not ask");
  drop->callback([arguments, &chosen] {
    require_selection(*arguments);
    chosen = [arguments] {
      return ask_admin(
          *arguments, [arguments](AdminClient& admin) { return drop_selected(admin, *arguments); });
    };
  });
}

}  // namespace spillway::app
