// Durations and sizes as people write them: 500ms, 5s, 10m, 3h, 7d; 64KiB, 4MiB, 20GiB. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.hpp"

namespace spillway::config {

inline constexpr std::string_view kDurationForm = "a duration such as 500ms, 5s, 10m, 3h or 7d";
inline constexpr std::string_view kSizeForm = "a size such as 64KiB, 4MiB or 20GiB";

// Whole, not negative, unit required (but for 0); empty for anything else or beyond ten years.
[[nodiscard]] std::optional<core::Duration> parse_duration(std::string_view text);

// Bytes; B, KiB, MiB, GiB, TiB; empty for anything else.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

// The same in the largest unit that holds it in whole numbers.
[[nodiscard]] std::string size_text(std::uint64_t bytes);

// The known word that the unknown one was probably meant to be; empty if none is near.
template <class Words>
[[nodiscard]] std::string_view nearest(std::string_view unknown, const Words& known);

[[nodiscard]] std::size_t edit_distance(std::string_view left, std::string_view right);

template <class Words>
std::string_view nearest(std::string_view unknown, const Words& known) {
  std::string_view best;
  std::size_t best_distance = unknown.size() / 3 + 2;  // farther away is no hint but a guess
  for (const std::string_view word : known) {
    const std::size_t distance = edit_distance(unknown, word);
    if (distance < best_distance) {
      best = word;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace spillway::config
