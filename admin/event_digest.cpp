#include "admin/event_digest.hpp"

#include <fmt/format.h>

#include <charconv>

#include "core/crypto.hpp"

namespace spillway::admin {

namespace {

constexpr std::size_t kHalfDigits = 16;

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) {
    number = number << 8 | static_cast<std::uint8_t>(byte);
  }
  return number;
}

std::optional<std::uint64_t> half(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return error == std::errc() && end == digits.data() + digits.size() ? std::optional(number)
                                                                      : std::nullopt;
}

}  // namespace

void EventDigest::add(const core::EventId& id) {
  const std::string digest = core::sha256(id.to_string());
  const std::string_view bytes = digest;
  ++count_;
  add(big_endian(bytes.substr(0, 8)), big_endian(bytes.substr(8, 8)));
}

void EventDigest::add(const EventDigest& other) {
  count_ += other.count_;
  add(other.high_, other.low_);
}

void EventDigest::add(std::uint64_t high, std::uint64_t low) {
  low_ += low;
  high_ += high + (low_ < low ? 1 : 0);
}

std::string EventDigest::hash() const {
  return fmt::format("{:016x}{:016x}", high_, low_);
}

std::optional<EventDigest> EventDigest::parse(std::uint64_t count, std::string_view hash) {
  if (hash.size() != 2 * kHalfDigits) {
    return std::nullopt;
  }
  const auto high = half(hash.substr(0, kHalfDigits));
  const auto low = half(hash.substr(kHalfDigits));
  if (!high || !low) {
    return std::nullopt;
  }
  EventDigest digest;
  digest.count_ = count;
  digest.high_ = *high;
  digest.low_ = *low;
  return digest;
}

}  // namespace spillway::admin
