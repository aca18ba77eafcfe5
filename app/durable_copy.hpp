// Copies a directory so that the copy has survived a power cut once it returns. For its owner only:
// what is copied may hold personal data. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <system_error>

#include "core/error.hpp"

namespace spillway::app {

struct Copied {
  std::size_t files = 0;
  std::uint64_t bytes = 0;

  bool operator==(const Copied&) const = default;
};

// Makes a file's bytes, or a directory's names, durable.
using SyncPath = std::function<std::error_code(const std::filesystem::path& path)>;
[[nodiscard]] std::error_code sync_path(const std::filesystem::path& path);

// `from` holds directories and regular files, so many of them; when there are others, it has been
// changed meanwhile, and the copy is none. `to` must not exist, its parent must; it gets its name
// when it is whole, and has one of this process's own before.
core::Result<void> copy_durably(const std::filesystem::path& from, const std::filesystem::path& to,
                                const Copied& expected, const SyncPath& sync = sync_path);

}  // namespace spillway::app
