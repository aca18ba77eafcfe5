// Delivery: one event on its way to one destination, the unit of the books; and what is said
// about it: state, custody, reason, attempt, outcome. Plain data, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/clock.hpp"

namespace spillway::core {

// The fate of a delivery. Exactly one at any time (docs/correctness.md 3). The numbers are stored.
enum class DeliveryState : std::uint8_t {
  pending = 0,
  delivered = 1,
  dead = 2,        // given up on; kept until replayed, dropped or past its retention
  superseded = 3,  // a newer version, or another node, took its place
  expired = 4,     // its ttl ran out
  purged = 5,      // dropped by a person or by retention
};
inline constexpr std::size_t kDeliveryStates = 6;

// Who may attempt it (docs/correctness.md 22). The numbers are stored.
enum class Custody : std::uint8_t {
  local = 0,
  handing = 1,
  kafka = 2,
  replicating = 3,  // nobody yet: until a copy stands in the accepted topic (rule 29)
};

// Why a delivery left `pending` without being delivered. The numbers are stored.
enum class Reason : std::uint8_t {
  none = 0,
  exhausted = 1,  // give_up_after passed
  rejected = 2,   // a 4xx with on_4xx: dead
  no_route = 3,   // no route matched at accept
  malformed = 4,  // verified, but the body cannot be parsed
  ttl = 5,
  dropped = 6,               // by an operator
  retention = 7,             // dead for longer than retention.dead
  rerouted = 8,              // a replay found routes for an event that had none
  erased = 9,                // a purge: a person asked for its data to be gone
  newer_version = 10,        // of the same ordering key, with order: latest
  duplicate_elsewhere = 11,  // another node accepted the same event and delivers it
};
inline constexpr std::size_t kReasons = 12;

// What an ordering key means to a delivery, as its destination was configured when it was opened.
// The numbers are stored.
enum class Order : std::uint8_t {
  none = 0,
  per_key = 1,  // one after the other
  latest = 2,   // a newer version takes the place of what waits
};

// What came of one attempt. The numbers are stored.
enum class Outcome : std::uint8_t {
  delivered = 0,
  rejected = 1,  // the destination will never take it
  deferred = 2,  // certainly not taken: try again later
  unknown = 3,   // it may have arrived
};

// One HTTP request made for a delivery.
struct Attempt {
  std::uint32_t number = 0;  // 1 is the real-time attempt of its generation
  std::uint32_t generation = 0;
  Time started;
  Duration took{};
  Outcome outcome = Outcome::unknown;
  std::uint16_t status = 0;  // HTTP status, 0 when none arrived
  std::string error;         // what failed, empty when a status tells it
  std::string excerpt;       // beginning of the response body, bounded
};

[[nodiscard]] std::string_view to_string(DeliveryState state);
[[nodiscard]] std::string_view to_string(Custody custody);
[[nodiscard]] std::string_view to_string(Reason reason);
[[nodiscard]] std::string_view to_string(Order order);
[[nodiscard]] std::string_view to_string(Outcome outcome);

}  // namespace spillway::core
