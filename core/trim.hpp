// Taking off the white space that HTTP allows around values. Pure, any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace spillway::core {

// Without the spaces and tabs around it.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

}  // namespace spillway::core
