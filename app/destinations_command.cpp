#include <fmt/format.h>

#include <memory>
#include <utility>

#include "app/admin_commands.hpp"
#include "app/answer.hpp"
#include "app/table.hpp"
#include "core/json_text.hpp"
#include "core/percent_encoding.hpp"

namespace spillway::app {
namespace {

core::Result<Output> set_state(AdminClient& admin, std::string_view name, std::string_view verb,
                               const std::string& body, OutputForm form) {
  const auto answer = Answer::parse(
      admin.post(fmt::format("/v1/destinations/{}/{}", core::percent_encoded(name), verb), body));
  if (!answer) {
    return std::unexpected(answer.error());
  }
  if (form == OutputForm::json) {
    return Output{answer->text() + "\n"};
  }
  return Output{fmt::format("{}: {}{}\n", printable((*answer)["name"].text()),
                            (*answer)["state"].text(),
                            (*answer)["changed"].is_true() ? "" : ", as before")};
}

struct DestinationArguments : AdminArguments {
  std::string name;
  std::string reason;
};

}  // namespace

core::Result<Output> list_destinations(AdminClient& admin, OutputForm form) {
  const auto answer = Answer::parse(admin.get("/v1/destinations"));
  if (!answer) {
    return std::unexpected(answer.error());
  }
  if (form == OutputForm::json) {
    return Output{answer->text() + "\n"};
  }
  Table table(
      {"destination", "state", "pending", "oldest", "in flight", "delivered", "dead", "url"});
  for (const AnswerValue& destination : (*answer)["destinations"].elements()) {
    std::string state = destination["state"].text();
    if (!destination["pause_reason"].is_null()) {
      state += fmt::format(" ({})", destination["pause_reason"].text());
    }
    const AnswerValue counts = destination["deliveries"];
    table.add({destination["name"].text(), std::move(state), counts["pending"].text(),
               duration_text(destination["oldest_pending_seconds"]),
               destination["in_flight"].text(), counts["delivered"].text(), counts["dead"].text(),
               destination["orphaned"].is_true() ? "(not configured any more)"
                                                 : destination["url"].text()});
  }
  return Output{table.text()};
}

core::Result<Output> list_recent_attempts(AdminClient& admin, std::string_view name,
                                          OutputForm form) {
  const auto answer = Answer::parse(
      admin.get(fmt::format("/v1/destinations/{}/attempts", core::percent_encoded(name))));
  if (!answer) {
    return std::unexpected(answer.error());
  }
  if (form == OutputForm::json) {
    return Output{answer->text() + "\n"};
  }
  Table table({"started", "event", "attempt", "took", "outcome", "status", "error"});
  for (const AnswerValue& attempt : (*answer)["attempts"].elements()) {
    table.add({attempt["started"].text(), attempt["event_id"].text(),
               fmt::format("{}.{}", attempt["generation"].text(), attempt["number"].text()),
               duration_text(attempt["took_seconds"]), attempt["outcome"].text(),
               attempt["status"].text(), attempt["error"].text()});
  }
  return Output{table.text()};
}

core::Result<Output> pause_destination(AdminClient& admin, std::string_view name,
                                       std::string_view reason, OutputForm form) {
  core::JsonWriter json;
  json.begin_object();
  if (!reason.empty()) {
    json.key("reason").value(reason);
  }
  json.end_object();
  return set_state(admin, name, "pause", json.take(), form);
}

core::Result<Output> resume_destination(AdminClient& admin, std::string_view name,
                                        OutputForm form) {
  return set_state(admin, name, "resume", "{}", form);
}

void add_destinations(CommandLine app, Command& chosen) {
  CommandLine destinations = app.add_command(
      "destinations", "How each destination is doing and answers; pause, resume and test them");
  destinations.needs_command();
  const auto arguments = std::make_shared<DestinationArguments>();

  CommandLine list = destinations.add_command("list", "All of them");
  add_admin_options(list, *arguments);
  list.when_chosen([arguments, &chosen] {
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return list_destinations(admin, arguments->form());
      });
    };
  });

  CommandLine attempts = destinations.add_command(
      "attempts", "The latest ones to a destination that the node made since it started");
  add_admin_options(attempts, *arguments);
  attempts.option("destination", arguments->name).required();
  attempts.when_chosen([arguments, &chosen] {
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return list_recent_attempts(admin, arguments->name, arguments->form());
      });
    };
  });

  CommandLine pause = destinations.add_command("pause", "Attempt nothing until it is resumed");
  add_admin_options(pause, *arguments);
  pause.option("destination", arguments->name).required();
  pause.option("--reason", arguments->reason, "Shown to whoever wonders");
  pause.when_chosen([arguments, &chosen] {
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return pause_destination(admin, arguments->name, arguments->reason, arguments->form());
      });
    };
  });

  CommandLine resume = destinations.add_command("resume", "Go on");
  add_admin_options(resume, *arguments);
  resume.option("destination", arguments->name).required();
  resume.when_chosen([arguments, &chosen] {
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return resume_destination(admin, arguments->name, arguments->form());
      });
    };
  });

  CommandLine test = destinations.add_command("test", "Send it one test event");
  add_admin_options(test, *arguments);
  test.option("destination", arguments->name).required();
  test.when_chosen([arguments, &chosen] {
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return test_destination(admin, arguments->name, arguments->form());
      });
    };
  });
}

}  // namespace spillway::app
