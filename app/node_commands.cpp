#include "app/node_commands.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>

#include "app/check.hpp"
#include "app/exit_code.hpp"
#include "app/serve.hpp"
#include "app/version.hpp"

namespace spillway::app {
namespace {

void add_config(CommandLine command, std::string& path) {
  command.option("config,-c,--config", path, "The configuration file").required();
}

}  // namespace

void add_serve(CommandLine app, Command& chosen) {
  CommandLine command = app.add_command("serve", "Run the gateway");
  const auto path = std::make_shared<std::string>();
  const auto accept_loss = std::make_shared<bool>(false);
  add_config(command, *path);
  command.flag("--accept-loss", *accept_loss,
               "Start although the journal lacks events that it had acknowledged");
  command.when_chosen([=, &chosen] { chosen = [=] { return serve(*path, *accept_loss); }; });
}

void add_check(CommandLine app, Command& chosen) {
  CommandLine command = app.add_command("check", "Check a configuration and say what it means");
  const auto path = std::make_shared<std::string>();
  const auto connects = std::make_shared<bool>(false);
  add_config(command, *path);
  command.flag("--connect", *connects, "Also asks Kafka whether its topics are as they must be");
  command.when_chosen([=, &chosen] {
    chosen = [=] { return check(*path, *connects ? Depth::connect : Depth::read); };
  });
}

void add_version(CommandLine app, Command& chosen) {
  app.version_flag("--version", build_description(), "Which build this is");
  CommandLine command = app.add_command("version", "Which build this is");
  command.when_chosen([&chosen] {
    chosen = [] {
      fmt::print("{}\n", build_description());
      return kOk;
    };
  });
}

}  // namespace spillway::app
