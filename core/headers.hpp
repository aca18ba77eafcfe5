// Looking up HTTP header fields among those kept as core::Header: names compare without case,
// the first field of a name counts. Any thread.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/event.hpp"

namespace spillway::core {

[[nodiscard]] bool equal_ignoring_case(std::string_view left, std::string_view right);  // ASCII

[[nodiscard]] std::optional<std::string_view> find_header(std::span<const Header> headers,
                                                          std::string_view name);

}  // namespace spillway::core
