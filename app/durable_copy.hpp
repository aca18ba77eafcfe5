// Copies a directory so that the copy has survived a power cut once it returns. For its owner only:
// what is copied may hold personal data. Any thread.
#pragma once

#include <filesystem>

#include "core/error.hpp"

namespace spillway::app {

// `from` holds directories and regular files. `to` must not exist, its parent must; it is there
// whole or not at all, but for `to` with ".partial" behind its name, which a later call takes away.
core::Result<void> copy_durably(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace spillway::app
