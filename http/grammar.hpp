// The characters RFC 9110 and 9112 allow where a header block or chunk is taken apart. Pure, any
// thread.
#pragma once

#include <array>
#include <string_view>

namespace spillway::http {

inline constexpr std::array<bool, 256> kTokenChars = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

// Of methods and header names.
[[nodiscard]] constexpr bool is_token_char(char c) {
  return kTokenChars[static_cast<unsigned char>(c)];
}

// Of header values: visible, space, tab, and bytes above ASCII, which are kept as they are.
[[nodiscard]] constexpr bool is_field_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
}

// Of request targets: visible ASCII but the fragment, which no client may send.
[[nodiscard]] constexpr bool is_target_char(char c) {
  return c > 0x20 && c < 0x7f && c != '#';
}

[[nodiscard]] constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace spillway::http
