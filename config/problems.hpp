// What is wrong with a configuration: every problem found, each with file and line, so that a
// person mends them all at once. Filled while loading, on one thread.
#pragma once

#include <string>
#include <vector>

namespace spillway::config {

struct Place {
  std::string file;
  int line = 0;  // from 1; 0: the whole file
};

struct Problem {
  Place place;
  std::string message;

  [[nodiscard]] std::string to_string() const;  // file:line: message
};

using Problems = std::vector<Problem>;

[[nodiscard]] std::string to_string(const Problems& problems);  // a line each

}  // namespace spillway::config
