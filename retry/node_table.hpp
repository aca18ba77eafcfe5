// Which nodes of the cluster there are, by what was heard of them, and which one is silent for so
// long that what it had accepted is to be taken over (docs/correctness.md 30). Pure; on the
// executor that reads the control topic.
#pragma once

#include "core/clock.hpp"
#include "retry/control_record.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace spillway::retry {

class NodeTable {
 public:
  // Nodes wait so much longer for each living one with a lower tag: as a rule only one takes over.
  static constexpr core::Duration kTurn = std::chrono::seconds(3);
  // And for what two clocks may differ by within a lease.
  static constexpr core::Duration kMargin = std::chrono::milliseconds(500);

  struct Entry {
    NodeSign last;     // that it gave, or another one when it took over
    core::Time heard;  // of itself, by this node's clock; never: epoch

    [[nodiscard]] bool is_adopted() const { return !last.adopted_by.empty(); }
    [[nodiscard]] bool is_silent(core::Time now) const { return now - heard > last.lease; }
  };

  explicit NodeTable(std::uint16_t own_tag) : own_tag_(own_tag) {}

  void heard(const NodeSign& sign, core::Time now);
  // Somebody said that it is gone for good. If it gives a sign again it is there again.
  void forget(std::uint16_t tag) { nodes_.erase(tag); }
  // One that is to be taken over by this node now: the first behind that tag, or of all.
  [[nodiscard]] std::optional<std::uint16_t> silent(core::Time now, std::uint16_t behind = 0) const;
  // Nothing was heard of this one since then, nor was it taken over.
  [[nodiscard]] bool is_silent_since(std::uint16_t tag, core::Time heard) const;

  [[nodiscard]] const std::map<std::uint16_t, Entry>& nodes() const { return nodes_; }

 private:
  const std::uint16_t own_tag_;
  std::map<std::uint16_t, Entry> nodes_;
};

}  // namespace spillway::retry
