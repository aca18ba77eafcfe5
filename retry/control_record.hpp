// What one node asks of all, as one message of the control topic. The topic is compacted: of each
// key the last stays, and an empty value says that nothing is asked any more. Pure.
#pragma once

#include "core/error.hpp"
#include "core/event_id.hpp"
#include "retry/spool_message.hpp"

#include <cstdint>
#include <string>
#include <variant>

namespace spillway::retry {

// Copies of the delivery, of this generation and those before, are not to be attempted: it was
// purged, replayed or taken back by the node whose journal has it. The generation is part of the
// key: that the copy of one is gone says nothing of another's, which may still be on its way.
struct VoidCopies {
  core::EventId event;
  std::string destination;
  std::uint32_t generation = 1;

  bool operator==(const VoidCopies&) const = default;
};

// The destination is paused, or not any more.
struct PauseEverywhere {
  std::string destination;
  bool paused = false;
  std::string reason;
  std::string node;  // that was asked

  bool operator==(const PauseEverywhere&) const = default;
};

struct ControlRecord {
  std::variant<VoidCopies, PauseEverywhere> asks;
  bool over = false;  // nothing is asked any more: of VoidCopies, that generation's copy is gone

  bool operator==(const ControlRecord&) const = default;
  [[nodiscard]] SpoolMessage encode() const;
  static core::Result<ControlRecord> decode(const SpoolMessage& message);
};

}  // namespace spillway::retry
