#include "config/units.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <numeric>
#include <utility>
#include <vector>

namespace spillway::config {
namespace {

constexpr std::uint64_t kDurationMax = std::uint64_t{3650} * 24 * 3600 * 1'000'000;

// The number at the beginning; the rest stays in `text`.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end == text.data()) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

template <std::size_t Count>
std::optional<std::uint64_t> in_units(
    std::string_view text, std::uint64_t limit,
    const std::pair<std::string_view, std::uint64_t> (&units)[Count]) {
  const auto number = take_number(text);
  if (!number) {
    return std::nullopt;
  }
  if (*number == 0 && text.empty()) {
    return 0;
  }
  for (const auto& [name, factor] : units) {
    if (text == name) {
      return *number > limit / factor ? std::nullopt : std::optional(*number * factor);
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<core::Duration> parse_duration(std::string_view text) {
  constexpr std::pair<std::string_view, std::uint64_t> kUnits[] = {{"ms", 1'000},
                                                                   {"s", 1'000'000},
                                                                   {"m", 60'000'000},
                                                                   {"h", 3'600'000'000},
                                                                   {"d", 86'400'000'000}};
  const auto micros = in_units(text, kDurationMax, kUnits);
  return micros ? std::optional(core::Duration{*micros}) : std::nullopt;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::pair<std::string_view, std::uint64_t> kUnits[] = {{"B", 1},
                                                                   {"KiB", std::uint64_t{1} << 10},
                                                                   {"MiB", std::uint64_t{1} << 20},
                                                                   {"GiB", std::uint64_t{1} << 30},
                                                                   {"TiB", std::uint64_t{1} << 40}};
  return in_units(text, std::uint64_t{1} << 60, kUnits);
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes > 0 && bytes % 1024 == 0 && unit + 1 < std::size(kUnits)) {
    bytes /= 1024;
    ++unit;
  }
  return std::to_string(bytes).append(kUnits[unit]);
}

std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 0; i < left.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < right.size(); ++j) {
      const std::size_t changed = diagonal + (left[i] == right[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace spillway::config
