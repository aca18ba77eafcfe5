// `spillway serve`, `check` and `version` on the command line. Main thread.
#pragma once

#include "app/command_line.hpp"

namespace spillway::app {

void add_serve(CLI::App& app, Command& chosen);
void add_check(CLI::App& app, Command& chosen);
void add_version(CLI::App& app, Command& chosen);

}  // namespace spillway::app
