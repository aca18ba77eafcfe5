#include <fmt/format.h>

#include <cstdio>
#include <exception>

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

int run(int argc, char** argv) {
  CLI::App app("Spillway: takes webhooks durably, answers at once, delivers them come what may");
  app.require_subcommand(1);
  app.footer("Exit codes: 0 ok, 1 found a problem, 2 usage or configuration, 3 unreachable");
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
  add_summary(app, chosen);
  add_nodes(app, chosen);
  add_actions(app, chosen);
  add_config_commands(app, chosen);
  add_send(app, chosen);
  add_sink(app, chosen);
  add_version(app, chosen);
  add_completion(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    const auto wrong = wrong_command(app);
    fmt::print(stderr, "spillway: {}\nRun with --help for more information.\n",
               wrong.value_or(error.what()));
    return kUsage;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  }
  return chosen();
}

}  // namespace
}  // namespace spillway::app

int main(int argc, char** argv) {
  try {
    return spillway::app::run(argc, argv);
  } catch (const std::exception& error) {
    (void)std::fprintf(stderr, "spillway: %s\n", error.what());
    return spillway::app::kProblem;
  }
}
