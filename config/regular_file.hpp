// Reads what the configuration is made of: its own file, those it includes, and ${file:…}. Only
// regular files of a bounded size; a directory, a pipe or a device is an error and never waited
// for. Any thread.
#pragma once

#include <cstddef>
#include <string>

#include "core/error.hpp"

namespace spillway::config {

// The error says what is wrong with the file; the caller names it.
[[nodiscard]] core::Result<std::string> read_regular_file(const std::string& path,
                                                          std::size_t bytes_max);

}  // namespace spillway::config
