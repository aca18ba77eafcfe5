// The digest of a set of events, which does not depend on their order: how many, and the sum modulo
// 2^128 of the first 16 bytes of the SHA-256 of each id in its canonical text (the webhook-id that
// its receiver got), taken as big-endian numbers. A receiver computes the same from the ids it has;
// an id that it counts twice does not cancel out, as it would with XOR. Plain value, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/event_id.hpp"

namespace spillway::admin {

class EventDigest {
 public:
  void add(const core::EventId& id);
  // Another set, of other events.
  void add(const EventDigest& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::string hash() const;  // 32 hexadecimal digits

  [[nodiscard]] static std::optional<EventDigest> parse(std::uint64_t count, std::string_view hash);

 private:
  void add(std::uint64_t high, std::uint64_t low);

  std::uint64_t count_ = 0;
  std::uint64_t high_ = 0;
  std::uint64_t low_ = 0;
};

}  // namespace spillway::admin
