// The messages of the accepted topic (docs/cluster.md lists the headers): the copy of a delivery
// that was accepted with `ack: replicated`, and that it is needed no more. The topic is compacted
// by the delivery's key. Pure.
#pragma once

#include "core/error.hpp"
#include "core/event_id.hpp"
#include "retry/spool_message.hpp"
#include "retry/spool_record.hpp"

#include <string>
#include <variant>

namespace spillway::retry {

// The delivery has ended, is handed over, or was taken over by another node.
struct CopyOver {
  core::EventId event;
  std::string destination;
  std::string adopted_by;  // the node that took it over; empty: its own says so

  bool operator==(const CopyOver&) const = default;
  [[nodiscard]] SpoolMessage encode() const;
};

// A copy is encoded as the SpoolRecord it is.
using AcceptedRecord = std::variant<SpoolRecord, CopyOver>;

// Refuses with `corrupt` what is neither.
[[nodiscard]] core::Result<AcceptedRecord> decode_accepted(const SpoolMessage& message);

}  // namespace spillway::retry
