// The ballast: a file of no use but its size, given back to the file system when it is full all the
// same, so that the journal can be opened again to drain (docs/correctness.md 14).
#pragma once

#include <cstdint>
#include <filesystem>

namespace spillway::app {

inline constexpr std::uint64_t kBallastBytes = std::uint64_t{64} << 20;

// True if the ballast stands, made now if need be; false if there is no room for it and for the
// journal to be opened.
[[nodiscard]] bool make_ballast(const std::filesystem::path& data_dir);

void release_ballast(const std::filesystem::path& data_dir);

}  // namespace spillway::app
