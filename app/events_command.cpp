#include <fmt/format.h>

#include <iterator>
#include <memory>

#include "app/admin_commands.hpp"
#include "app/answer.hpp"
#include "app/event_listing.hpp"
#include "app/table.hpp"
#include "core/json_text.hpp"
#include "core/percent_encoding.hpp"

namespace spillway::app {

std::string fates(const AnswerValue& deliveries) {
  std::string out;
  for (const AnswerValue& delivery : deliveries.elements()) {
    out.append(out.empty() ? "" : " ");
    out.append(delivery["destination"].text()).append(":").append(delivery["state"].text());
  }
  return out;
}

std::string events_target(const EventFilter& filter, std::size_t limit, std::string_view cursor) {
  std::string target = fmt::format("/v1/events?limit={}", limit);
  for (const auto& [name, value] :
       {std::pair<std::string_view, std::string_view>("source", filter.source),
        {"destination", filter.destination},
        {"state", filter.state},
        {"idempotency_key", filter.idempotency_key},
        {"ordering_key", filter.ordering_key},
        {"from", filter.from},
        {"to", filter.to},
        {"cursor", cursor}}) {
    if (!value.empty()) {
      fmt::format_to(std::back_inserter(target), "&{}={}", name, core::percent_encoded(value));
    }
  }
  return target;
}

namespace {

constexpr std::size_t kPageMax = 200;  // what the API gives at once

std::string event_target(std::string_view id) {
  return "/v1/events/" + core::percent_encoded(id);
}

void describe_attempts(std::string& out, const AnswerValue& delivery) {
  Table table({"attempt", "started", "took", "outcome", "status", "answer"});
  for (const AnswerValue& attempt : delivery["attempts"].elements()) {
    const std::string error = attempt["error"].text();
    table.add({fmt::format("{}.{}", attempt["generation"].text(), attempt["number"].text()),
               attempt["started"].text(), duration_text(attempt["took_seconds"]),
               attempt["outcome"].text(), attempt["status"].text(),
               error.empty() ? attempt["response_excerpt"].text().substr(0, 80) : error});
  }
  if (!table.empty()) {
    out += table.text();
  }
}

std::string describe_event(const Answer& event) {
  std::string out;
  for (const auto& [label, member] : {std::pair("event", "event_id"),
                                      {"source", "source"},
                                      {"received", "received"},
                                      {"bytes", "body_bytes"}}) {
    fmt::format_to(std::back_inserter(out), "{:<9} {}\n", label, event[member].text());
  }
  for (const AnswerValue& header : event["headers"].elements()) {
    fmt::format_to(std::back_inserter(out), "header    {}: {}\n", printable(header["name"].text()),
                   printable(header["value"].text()));
  }
  for (const AnswerValue& delivery : event["deliveries"].elements()) {
    fmt::format_to(std::back_inserter(out), "\n{}: {}", printable(delivery["destination"].text()),
                   delivery["state"].text());
    if (!delivery["reason"].is_null()) {
      fmt::format_to(std::back_inserter(out), " ({})", delivery["reason"].text());
    }
    fmt::format_to(std::back_inserter(out), ", {} attempts made", delivery["attempts_made"].text());
    if (delivery["blocked"].text() == "true") {
      out += ", waits for an earlier one of its ordering key";
    }
    if (delivery["out_of_order"].text() == "true") {
      out += ", out of order";
    }
    if (!delivery["due"].is_null()) {
      fmt::format_to(std::back_inserter(out), ", next due {}", delivery["due"].text());
    }
    out += '\n';
    describe_attempts(out, delivery);
  }
  return out;
}

}  // namespace

core::Result<Output> list_events(AdminClient& admin, const EventFilter& filter, OutputForm form) {
  Table table({"received", "event", "source", "bytes", "deliveries"});
  std::string pages;
  std::size_t listed = 0;
  std::string cursor;
  do {
    auto page = Answer::parse(
        admin.get(events_target(filter, std::min(filter.limit - listed, kPageMax), cursor)));
    if (!page) {
      return std::unexpected(std::move(page.error()));
    }
    for (const AnswerValue& event : (*page)["events"].elements()) {
      table.add({event["received"].text(), event["event_id"].text(), event["source"].text(),
                 event["body_bytes"].text(), fates(event["deliveries"])});
      ++listed;
    }
    pages.append(page->text()).append("\n");
    cursor = (*page)["next_cursor"].text();
  } while (!cursor.empty() && listed < filter.limit);
  return Output{form == OutputForm::json ? std::move(pages) : table.text()};
}

core::Result<Output> show_event(AdminClient& admin, std::string_view id, OutputForm form) {
  const auto text = admin.get(event_target(id));
  if (!text) {
    return std::unexpected(text.error());
  }
  const auto event = Answer::parse(*text);
  if (!event) {
    return std::unexpected(event.error());
  }
  return Output{form == OutputForm::json ? *text + "\n" : describe_event(*event)};
}

core::Result<Output> show_event_body(AdminClient& admin, std::string_view id) {
  auto body = admin.get(event_target(id) + "/body");
  if (!body) {
    return std::unexpected(std::move(body.error()));
  }
  return Output{std::move(*body)};
}

core::Result<Output> replay_event(AdminClient& admin, std::string_view id,
                                  std::string_view destination, bool force, OutputForm form) {
  core::JsonWriter body;
  body.begin_object();
  if (!destination.empty()) {
    body.key("destination").value(destination);
  }
  if (force) {
    body.key("force").value(true);
  }
  body.end_object();
  const auto text = admin.post(event_target(id) + "/replay", body.take());
  if (!text) {
    return std::unexpected(text.error());
  }
  const auto answer = Answer::parse(*text);
  if (!answer) {
    return std::unexpected(answer.error());
  }
  Output output;
  for (const AnswerValue& opened : (*answer)["reopened"].elements()) {
    fmt::format_to(std::back_inserter(output.text), "{}: waits again, generation {}\n",
                   printable(opened["destination"].text()), opened["generation"].text());
  }
  for (const AnswerValue& unchanged : (*answer)["unchanged"].elements()) {
    fmt::format_to(std::back_inserter(output.text), "{}: still {}\n",
                   printable(unchanged["destination"].text()), unchanged["state"].text());
  }
  output.code = (*answer)["reopened"].elements().empty() ? kProblem : kOk;
  if (form == OutputForm::json) {
    output.text = *text + "\n";
  }
  return output;
}

namespace {

struct EventArguments : AdminArguments {
  EventFilter filter;
  std::string id;
  std::string destination;
  bool force = false;
  bool body = false;
};

void add_filter(CommandLine command, EventFilter& filter) {
  command.option("--source", filter.source);
  command.option("--destination", filter.destination, "With a delivery to it; -: without a route");
  command.option("--state", filter.state, "With a delivery in this state");
  command.option("--key", filter.idempotency_key,
                 "Accepted under this idempotency key; needs --source");
  command.option("--ordering-key", filter.ordering_key, "With a delivery of this ordering key");
}

void add_list(CommandLine events, const std::shared_ptr<EventArguments>& arguments,
              Command& chosen) {
  CommandLine list = events.add_command("list", "Accepted events, newest first");
  add_admin_options(list, *arguments);
  add_filter(list, arguments->filter);
  list.option("--from", arguments->filter.from,
              "Received then or later, such as 2026-03-01T12:00:00Z");
  list.option("--to", arguments->filter.to, "Received before");
  list.option("--limit", arguments->filter.limit)
      .between(std::size_t{1}, std::size_t{1'000'000})
      .shows_default();
  list.when_chosen([arguments, &chosen] {
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return list_events(admin, arguments->filter, arguments->form());
      });
    };
  });
}

void add_tail(CommandLine events, Command& chosen) {
  const auto arguments = std::make_shared<EventArguments>();
  arguments->filter.limit = 10;
  CommandLine tail = events.add_command("tail", "The newest events, and then those that come");
  add_admin_options(tail, *arguments);
  add_filter(tail, arguments->filter);
  tail.option("--limit", arguments->filter.limit, "So many to begin with")
      .between(std::size_t{1}, std::size_t{200})
      .shows_default();
  tail.when_chosen([arguments, &chosen] {
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return tail_events(admin, arguments->filter, 0, arguments->form());
      });
    };
  });
}

}  // namespace

void add_events(CommandLine app, Command& chosen) {
  CommandLine events = app.add_command("events", "Look at events, and send them again");
  events.needs_command();
  const auto arguments = std::make_shared<EventArguments>();
  add_list(events, arguments, chosen);
  add_tail(events, chosen);

  CommandLine show = events.add_command("show", "One event, its deliveries and attempts");
  add_admin_options(show, *arguments);
  show.option("event", arguments->id).required();
  show.flag("--body", arguments->body, "Its body instead, byte by byte");
  show.when_chosen([arguments, &chosen] {
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return arguments->body ? show_event_body(admin, arguments->id)
                               : show_event(admin, arguments->id, arguments->form());
      });
    };
  });

  CommandLine replay = events.add_command("replay", "Send an event again");
  add_admin_options(replay, *arguments);
  replay.option("event", arguments->id).required();
  replay.option("--destination", arguments->destination, "Only to this one");
  replay.flag("--force", arguments->force,
              "At once and out of order, though others of its ordering key come first or a "
              "newer version is known");
  replay.when_chosen([arguments, &chosen] {
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return replay_event(admin, arguments->id, arguments->destination, arguments->force,
                            arguments->form());
      });
    };
  });
}

}  // namespace spillway::app
