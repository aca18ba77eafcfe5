#include "core/event_id.hpp"

namespace spillway::core {
namespace {

constexpr char kHex[] = "0123456789abcdef";

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  if (c >= 'a' && c <= 'f') {
    return c - 'a' + 10;
  }
  if (c >= 'A' && c <= 'F') {
    return c - 'A' + 10;
  }
  return -1;
}

constexpr bool is_dash_position(std::size_t i) {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

}  // namespace

EventId EventId::make(Time now, std::uint16_t node_tag, Random& random) {
  const auto millis = static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count());
  const std::uint64_t bits = random.next();
  EventId id;
  for (std::size_t i = 0; i < 6; ++i) {
    id.bytes[i] = static_cast<std::uint8_t>(millis >> (40 - 8 * i));
  }
  for (std::size_t i = 6; i < 14; ++i) {
    id.bytes[i] = static_cast<std::uint8_t>(bits >> (8 * (i - 6)));
  }
  id.bytes[6] = static_cast<std::uint8_t>(0x70 | (id.bytes[6] & 0x0f));
  id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3f));
  id.bytes[14] = static_cast<std::uint8_t>(node_tag >> 8);
  id.bytes[15] = static_cast<std::uint8_t>(node_tag);
  return id;
}

std::optional<EventId> EventId::parse(std::string_view text) {
  if (text.size() != 36) {
    return std::nullopt;
  }
  EventId id;
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash_position(i)) {
      if (text[i] != '-') {
        return std::nullopt;
      }
      continue;
    }
    const int value = hex_value(text[i]);
    if (value < 0) {
      return std::nullopt;
    }
    auto& byte = id.bytes[nibble / 2];
    byte = static_cast<std::uint8_t>((byte << 4) | value);
    ++nibble;
  }
  return id;
}

std::string EventId::to_string() const {
  std::string text;
  text.reserve(36);
  for (const std::uint8_t byte : bytes) {
    if (is_dash_position(text.size())) {
      text.push_back('-');
    }
    text.push_back(kHex[byte >> 4]);
    text.push_back(kHex[byte & 0x0f]);
  }
  return text;
}

std::uint16_t EventId::node_tag() const {
  return static_cast<std::uint16_t>((bytes[14] << 8) | bytes[15]);
}

}  // namespace spillway::core
