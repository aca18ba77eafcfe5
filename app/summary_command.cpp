#include <fmt/format.h>

#include <iterator>
#include <memory>

#include "app/admin_commands.hpp"
#include "app/answer.hpp"
#include "app/table.hpp"

namespace spillway::app {

core::Result<Output> show_summary(AdminClient& admin, OutputForm form) {
  const auto answer = Answer::parse(admin.get("/v1/summary"));
  if (!answer) {
    return std::unexpected(answer.error());
  }
  const Answer& summary = *answer;
  const bool ready = summary["ready"].is_true();
  const bool balanced = summary["unaccounted"].count() == 0;
  const ExitCode code = ready && balanced ? kOk : kProblem;
  if (form == OutputForm::json) {
    return Output{summary.text() + "\n", code};
  }
  std::string out;
  const auto line = [&out](std::string_view label, std::string_view value) {
    fmt::format_to(std::back_inserter(out), "{:<15} {}\n", label, value);
  };
  line("node", summary["node"].text());
  line("version", summary["version"].text());
  line("up for", duration_text(summary["uptime_seconds"]));
  line("ready",
       ready ? "yes" : fmt::format("no: {}", printable(summary["not_ready_because"].text())));
  for (const auto& [state, count] : summary["deliveries"].members()) {
    line(state, count.text());
  }
  line("unaccounted", summary["unaccounted"].text());
  line("oldest pending", duration_text(summary["oldest_pending_seconds"]));
  line("lag p50, p99", fmt::format("{}, {}", duration_text(summary["delivery_lag"]["p50_seconds"]),
                                   duration_text(summary["delivery_lag"]["p99_seconds"])));
  line("destinations", fmt::format("{}, {} paused", summary["destinations_configured"].text(),
                                   summary["destinations_paused"].text()));
  line("in flight", summary["in_flight"].text());
  line("journal", fmt::format("{:.1f} MiB", summary["journal_bytes"].number() / (1 << 20)));
  if (!summary["disk_budget_ratio"].is_null()) {
    line("disk budget", fmt::format("{:.0f} % used", summary["disk_budget_ratio"].number() * 100));
  }
  if (const AnswerValue rates = summary["rates"]; !rates.is_null()) {
    line("each second",
         fmt::format("{:.1f} accepted, {:.1f} delivered, {:.1f} attempts failed",
                     rates["accepted_per_second"].number(), rates["delivered_per_second"].number(),
                     rates["failed_per_second"].number()));
  }
  return Output{std::move(out), code};
}

void add_summary(CommandLine app, Command& chosen) {
  CommandLine command = app.add_command("summary", "The node at a glance");
  const auto arguments = std::make_shared<AdminArguments>();
  add_admin_options(command, *arguments);
  command.when_chosen([arguments, &chosen] {
    chosen = [arguments] {
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        return show_summary(admin, arguments->form());
      });
    };
  });
}

}  // namespace spillway::app
