#include "core/percent_encoding.hpp"

#include <fmt/format.h>

#include "core/encoding.hpp"

namespace spillway::core {

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string encoded;
  for (const char c : text) {
    if (kPlain.contains(c)) {
      encoded.push_back(c);
    } else {
      encoded.append(fmt::format("%{:02X}", static_cast<unsigned char>(c)));
    }
  }
  return encoded;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  while (!text.empty()) {
    if (text.front() != '%') {
      decoded.push_back(text.front());
      text.remove_prefix(1);
      continue;
    }
    const auto byte = text.size() < 3 ? std::nullopt : from_hex(text.substr(1, 2));
    if (!byte) {
      return std::nullopt;
    }
    decoded += *byte;
    text.remove_prefix(3);
  }
  return decoded;
}

}  // namespace spillway::core
