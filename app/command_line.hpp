// What the commands' options have in common: each command adds itself to the command line and,
// when it was chosen, leaves behind what to run once everything has been parsed. Main thread.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "core/clock.hpp"

namespace spillway::app {

using Command = std::function<int()>;  // returns the exit code

// The option takes a duration such as 500ms or 30s; anything else is a usage error.
CLI::Option* add_duration(CLI::App& app, const std::string& name, core::Duration& value,
                          const std::string& help);

}  // namespace spillway::app
