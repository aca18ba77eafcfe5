#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

#include "admin/audit_report.hpp"
#include "app/admin_commands.hpp"
#include "app/answer.hpp"
#include "app/table.hpp"
#include "core/random.hpp"
#include "core/system_clock.hpp"
#include "journal/audit.hpp"
#include "journal/writer.hpp"
#include "journal_rocksdb/rocksdb_store.hpp"

namespace spillway::app {
namespace {

// The order of the columns; the API's names.
constexpr std::array<std::string_view, 7> kCounts{"accepted",   "pending", "delivered", "dead",
                                                  "superseded", "expired", "purged"};

Output describe_audit(const Answer& audit, OutputForm form) {
  const bool balanced = audit["balanced"].is_true();
  const ExitCode code = balanced ? kOk : kProblem;
  if (form == OutputForm::json) {
    return {audit.text() + "\n", code};
  }
  Table table({"destination", "accepted", "pending", "delivered", "dead", "superseded", "expired",
               "purged"});
  for (const auto& [name, counts] : audit["destinations"].members()) {
    std::vector<std::string> row{name};
    for (const std::string_view count : kCounts) {
      row.push_back(counts[count].text());
    }
    table.add(std::move(row));
  }
  std::string out = table.text();
  const AnswerValue scan = audit["scan"];
  if (!scan.is_null()) {
    fmt::format_to(std::back_inserter(out), "{} events and {} deliveries were read\n",
                   scan["events"].text(), scan["deliveries"].text());
    for (const AnswerValue& problem : scan["problems"].elements()) {
      fmt::format_to(std::back_inserter(out), "problem: {}\n", printable(problem.text()));
    }
  }
  fmt::format_to(std::back_inserter(out), "{}\n",
                 balanced ? "the books balance"
                          : fmt::format("the books do NOT balance, {} unaccounted for",
                                        audit["unaccounted"].text()));
  return {std::move(out), code};
}

}  // namespace

core::Result<Output> audit_node(AdminClient& admin, AuditDepth depth, OutputForm form) {
  const auto audit =
      Answer::parse(admin.get(depth == AuditDepth::scan ? "/v1/audit?scan=true" : "/v1/audit"));
  if (!audit) {
    return std::unexpected(audit.error());
  }
  return describe_audit(*audit, form);
}

core::Result<Output> audit_directory(const std::string& data_dir, OutputForm form) {
  const std::filesystem::path directory = std::filesystem::path(data_dir) / "journal";
  std::error_code ignored;
  if (!std::filesystem::exists(directory / "CURRENT", ignored)) {
    return core::fail(
        core::ErrorCode::invalid_argument,
        fmt::format("{} holds no journal: expected the data_dir of a node", data_dir));
  }
  const auto store = journal::RocksdbStore::open({.directory = directory, .environment = {}});
  if (!store) {
    return std::unexpected(store.error());
  }
  // Opened as `serve` does: what makes it refuse is a problem, too.
  core::SystemRandom random;
  const auto writer = journal::Writer::open(**store, {.accept_loss = false}, random);
  if (!writer && writer.error().code != core::ErrorCode::corrupt) {
    return std::unexpected(writer.error());
  }
  const auto view = (*store)->view();
  auto report = journal::audit(*view);
  if (!report) {
    return std::unexpected(report.error());
  }
  if (!writer) {
    report->problems.insert(report->problems.begin(), writer.error().message);
    ++report->problem_count;
  }
  const auto answer = Answer::parse(admin::audit_report(*report, core::SystemClock().now()).take());
  if (!answer) {
    return std::unexpected(answer.error());
  }
  return describe_audit(*answer, form);
}

namespace {

struct AuditArguments : AdminArguments {
  std::optional<std::string> data_dir;
  bool scan = false;
};

}  // namespace

void add_audit(CommandLine app, Command& chosen) {
  CommandLine command = app.add_command("audit", "Prove that every delivery is accounted for");
  const auto arguments = std::make_shared<AuditArguments>();
  add_admin_options(command, *arguments);
  command.flag("--scan", arguments->scan, "Reads the whole journal instead of the counters");
  command.option("--data-dir", arguments->data_dir,
                 "Reads the journal of a node that does not run");
  command.when_chosen([arguments, &chosen] {
    chosen = [arguments] {
      if (arguments->data_dir) {
        return print(audit_directory(*arguments->data_dir, arguments->form()));
      }
      return ask_admin(*arguments, [arguments](AdminClient& admin) {
        const AuditDepth depth = arguments->scan ? AuditDepth::scan : AuditDepth::counters;
        return audit_node(admin, depth, arguments->form());
      });
    };
  });
}

}  // namespace spillway::app
