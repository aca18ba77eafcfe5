// What the commands' options have in common: each command adds itself to the command line and,
// when it was chosen, leaves behind what to run once everything has been parsed. Main thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "core/clock.hpp"

namespace spillway::app {

using Command = std::function<int()>;  // returns the exit code

// The option takes a duration such as 500ms or 30s; anything else is a usage error.
CLI::Option* add_duration(CLI::App& app, const std::string& name, core::Duration& value,
                          const std::string& help);

// What is wrong with the commands given, when parsing ended because one was required; empty when
// they are not what was wrong.
[[nodiscard]] std::optional<std::string> wrong_command(const CLI::App& app);

}  // namespace spillway::app
