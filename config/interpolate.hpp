// Fills ${env:NAME} and ${file:PATH} into a text of the configuration; a relative path is taken
// from the given directory. A file's last line end is dropped, as secret mounts often have one.
// Reads environment and files; any thread at start.
#pragma once

#include <string>
#include <string_view>

#include "core/error.hpp"

namespace spillway::config {

// The error names what is missing, never the contents.
[[nodiscard]] core::Result<std::string> interpolate(std::string_view text,
                                                    const std::string& directory);

}  // namespace spillway::config
