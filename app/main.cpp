#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "app/admin_commands.hpp"
#include "app/command_line.hpp"
#include "app/completion.hpp"
#include "app/demo.hpp"
#include "app/drain_command.hpp"
#include "app/exit_code.hpp"
#include "app/node_commands.hpp"
#include "app/send.hpp"
#include "app/sink.hpp"

namespace spillway::app {
namespace {

int run(std::vector<std::string> words) {
  Program program("Spillway: takes webhooks durably, answers at once, delivers them come what may",
                  "Exit codes: 0 ok, 1 found a problem, 2 usage or configuration, 3 unreachable");
  const CommandLine app = program.line();
  Command chosen;
  add_serve(app, chosen);
  add_check(app, chosen);
  add_demo(app, chosen);
  add_drain(app, chosen);
  add_events(app, chosen);
  add_dead(app, chosen);
  add_purge(app, chosen);
  add_jobs(app, chosen);
  add_destinations(app, chosen);
  add_audit(app, chosen);
  add_reconcile(app, chosen);
  add_digest(app, chosen);
  add_backup(app, chosen);
  add_summary(app, chosen);
  add_nodes(app, chosen);
  add_actions(app, chosen);
  add_config_commands(app, chosen);
  add_send(app, chosen);
  add_sink(app, chosen);
  add_version(app, chosen);
  add_completion(app, chosen);
  if (const auto end = program.read(std::move(words))) {
    if (end->asked) {
      fmt::print("{}", end->text);
      return kOk;
    }
    fmt::print(stderr, "spillway: {}\nRun with --help for more information.\n", end->text);
    return kUsage;
  }
  return chosen();
}

}  // namespace
}  // namespace spillway::app

int main(int argc, char** argv) {
  try {
    return spillway::app::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    (void)std::fprintf(stderr, "spillway: %s\n", error.what());
    return spillway::app::kProblem;
  }
}
