// `spillway check`: reads a configuration as serve would and says what it means, without running
// anything.
#pragma once

#include <string>

namespace spillway::app {

enum class Depth {
  read,     // the file and those it names
  connect,  // asks Kafka as well, where it is configured, and changes nothing there
};

// Prints problems to standard error, else a report to standard output. 0; 2 if the configuration
// has problems, 1 if Kafka has, 3 if it does not answer.
int check(const std::string& config_path, Depth depth);

}  // namespace spillway::app
