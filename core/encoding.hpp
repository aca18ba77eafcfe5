// Hex and base64, strict on the way in: what is not exactly an encoding is refused. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spillway::core {

[[nodiscard]] std::string to_hex(std::string_view bytes);                  // lower case
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);  // either case

[[nodiscard]] std::string to_base64(std::string_view bytes);  // padded
// Standard alphabet; padding may be left out, but not be wrong; no white space.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace spillway::core
