// What one node asks of all, as one message of the control topic. The topic is compacted: of each
// key the last stays, and an empty value says that nothing is asked any more. Pure.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/event_id.hpp"
#include "retry/pause_history.hpp"
#include "retry/spool_message.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

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
  std::string reason{};
  std::string node{};  // that was asked
  // When it was paused before, as that node knew; in order and apart from each other.
  std::vector<PauseSpan> pauses{};

  bool operator==(const PauseEverywhere&) const = default;
};

// What a node has in its books, for who asks another one while it is gone.
struct NodeFigures {
  std::uint64_t accepted = 0;  // deliveries
  std::uint64_t pending = 0;
  std::uint64_t dead = 0;

  bool operator==(const NodeFigures&) const = default;
};

// A node says that it is alive; or another one, that what it had accepted was taken over. By the
// tag that is part of the ids of its events.
struct NodeSign {
  std::uint16_t tag = 0;
  std::string node;        // its name
  std::string adopted_by;  // the name of who took over; empty: it is alive
  std::string admin{};     // where its admin listener is reached, as a URL; empty: nowhere
  core::Duration lease{};  // it is taken for gone when nothing was heard for so long
  NodeFigures figures;

  bool operator==(const NodeSign&) const = default;
};

struct ControlRecord {
  std::variant<VoidCopies, PauseEverywhere, NodeSign> asks;
  bool over = false;  // nothing is asked any more: of VoidCopies, that generation's copy is gone

  bool operator==(const ControlRecord&) const = default;
  [[nodiscard]] SpoolMessage encode() const;
  static core::Result<ControlRecord> decode(const SpoolMessage& message);
};

}  // namespace spillway::retry
