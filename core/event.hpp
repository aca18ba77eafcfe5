// Event: one accepted unit, immutable once made. Created by the gateway, made durable by the
// journal, read by delivery; shared between threads by EventPtr.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/crypto.hpp"
#include "core/event_id.hpp"

namespace spillway::core {

struct Header {
  std::string name;  // as received
  std::string value;

  bool operator==(const Header&) const = default;
};

// What the nodes of a cluster know an event by where only one of them may deliver it
// (docs/correctness.md 32): a hash of its idempotency key that all of them compute alike.
struct ClaimKey {
  Digest128 hash{};
  Duration window{};  // for how long the key is remembered

  bool operator==(const ClaimKey&) const = default;
};

struct Event {
  EventId id;
  std::string source;  // name of the source that accepted it
  Time received;
  std::vector<Header> headers;  // kept headers only
  std::string body;
  // The body is what the upstream signed, so its signature headers still verify downstream.
  bool untouched = true;
  std::optional<ClaimKey> claim{};  // if it must be claimed before its first attempt
};

using EventPtr = std::shared_ptr<const Event>;

}  // namespace spillway::core
