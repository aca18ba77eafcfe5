// `spillway serve`, `check` and `version` on the command line. Main thread.
#pragma once

#include "app/command_line.hpp"

namespace spillway::app {

void add_serve(CommandLine app, Command& chosen);
void add_check(CommandLine app, Command& chosen);
void add_version(CommandLine app, Command& chosen);

}  // namespace spillway::app
