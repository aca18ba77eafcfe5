#include "config/problems.hpp"

#include <fmt/format.h>

namespace spillway::config {

std::string Problem::to_string() const {
  return place.line > 0 ? fmt::format("{}:{}: {}", place.file, place.line, message)
                        : fmt::format("{}: {}", place.file, message);
}

std::string to_string(const Problems& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    text += problem.to_string();
    text += '\n';
  }
  return text;
}

}  // namespace spillway::config
