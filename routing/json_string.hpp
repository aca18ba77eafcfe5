// JSON strings between their quotes. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace spillway::routing {

// 0 to 15, or -1.
[[nodiscard]] int hex_value(char c);

// The text a valid string stands for, in UTF-8; U+FFFD for a lone surrogate.
[[nodiscard]] std::string unescaped_json(std::string_view contents);

}  // namespace spillway::routing
