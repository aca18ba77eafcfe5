// `spillway check`: reads a configuration as serve would and says what it means, without running
// anything.
#pragma once

#include <string>

namespace spillway::app {

// Prints problems to standard error, else a report to standard output. 0, or 2 if there are any.
int check(const std::string& config_path);

}  // namespace spillway::app
