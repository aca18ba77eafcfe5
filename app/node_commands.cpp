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

void add_config(CLI::App& command, std::string& path) {
  command.add_option("config,-c,--config", path, "The configuration file")->required();
}

}  // namespace

void add_serve(CLI::App& app, Command& chosen) {
  CLI::App* command = app.add_subcommand("serve", "Run the gateway");
  const auto path = std::make_shared<std::string>();
  const auto accept_loss = std::make_shared<bool>(false);
  add_config(*command, *path);
  command->add_flag("--accept-loss", *accept_loss,
                    "Start although the journal lacks events that it had acknowledged");
  command->callback([=, &chosen] { chosen = [=] { return serve(*path, *accept_loss); }; });
}

void add_check(CLI::App& app, Command& chosen) {
  CLI::App* command = app.add_subcommand("check", "Check a configuration and say what it means");
  const auto path = std::make_shared<std::string>();
  const auto connects = std::make_shared<bool>(false);
  add_config(*command, *path);
  command->add_flag("--connect", *connects,
                    "Also asks Kafka whether its topics are as they must be");
  command->callback([=, &chosen] {
    chosen = [=] { return check(*path, *connects ? Depth::connect : Depth::read); };
  });
}

void add_version(CLI::App& app, Command& chosen) {
  app.set_version_flag("--version", build_description(), "Which build this is");
  CLI::App* command = app.add_subcommand("version", "Which build this is");
  command->callback([&chosen] {
    chosen = [] {
      fmt::print("{}\n", build_description());
      return kOk;
    };
  });
}

}  // namespace spillway::app
