// The name of an event: a UUIDv7 (RFC 9562) whose last 16 bits tell the accepting node, so
// that any node of a cluster knows whom to ask about it. Plain value, any thread.
//
//   48 bits unix milliseconds · 4 version · 12 random · 2 variant · 46 random · 16 node tag
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "core/random.hpp"

namespace spillway::core {

struct EventId {
  std::array<std::uint8_t, 16> bytes{};

  static EventId make(Time now, std::uint16_t node_tag, Random& random);

  // Accepts the canonical 36-character form, either case; nothing else.
  static std::optional<EventId> parse(std::string_view text);

  [[nodiscard]] std::string to_string() const;
  [[nodiscard]] std::uint16_t node_tag() const;

  auto operator<=>(const EventId&) const = default;
};

}  // namespace spillway::core
