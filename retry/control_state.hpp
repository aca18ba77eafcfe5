// What is asked of all nodes at present, as the control topic says: which copies are not to be
// attempted, and which destinations are paused. Told by ControlReader, asked by RetryWorker. Pure;
// belongs to the worker's executor.
#pragma once

#include "core/clock.hpp"
#include "core/event_id.hpp"
#include "retry/control_record.hpp"
#include "retry/pause_history.hpp"
#include "retry/spool_message.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace spillway::retry {

class ControlState {
 public:
  using PauseChanged = std::function<void(const PauseEverywhere&)>;
  using NodeHeard = std::function<void(const NodeSign&)>;
  using NodeForgotten = std::function<void(std::uint16_t tag)>;

  // `pause_changed` is told of each destination that is paused or not any more, in the order of the
  // topic; while it is read from its beginning also of what was so once.
  // `node_heard` of each sign of a node, `node_forgotten` of one that is gone for good.
  explicit ControlState(PauseChanged pause_changed = {}, NodeHeard node_heard = {},
                        NodeForgotten node_forgotten = {})
      : pause_changed_(std::move(pause_changed)),
        node_heard_(std::move(node_heard)),
        node_forgotten_(std::move(node_forgotten)) {}

  // The next message of the topic. One that cannot be understood is logged and changes nothing.
  void apply(const StoredMessage& message);

  // Nothing is to be attempted before all that was asked is known (docs/correctness.md 26).
  [[nodiscard]] bool caught_up() const { return caught_up_; }
  void set_caught_up(bool caught_up) { caught_up_ = caught_up; }

  // The copies of this generation are not to be attempted.
  [[nodiscard]] bool is_void(const core::EventId& event, std::string_view destination,
                             std::uint32_t generation) const;
  // Of this generation it was asked: whoever ends its copy says that it is over.
  [[nodiscard]] bool is_named_void(const core::EventId& event, std::string_view destination,
                                   std::uint32_t generation) const;

  [[nodiscard]] const std::map<std::string, PauseEverywhere, std::less<>>& paused() const {
    return paused_;
  }
  // When the destination was paused, as far as all that was read tells.
  [[nodiscard]] const PauseHistory& pauses(std::string_view destination) const;
  [[nodiscard]] std::size_t voids() const { return voids_.size(); }
  // Up to where the topic was read.
  [[nodiscard]] std::int64_t next_offset() const { return next_offset_; }

 private:
  // Small, because a purge may name a million.
  struct Void {
    core::EventId event;
    std::uint32_t destination = 0;
    std::uint32_t generation = 0;

    auto operator<=>(const Void&) const = default;
  };

  void apply(VoidCopies asks, bool over, core::Time at);
  void apply(PauseEverywhere asks, bool over, core::Time at);
  void apply(const NodeSign& sign, bool over, core::Time at);

  PauseChanged pause_changed_;
  NodeHeard node_heard_;
  NodeForgotten node_forgotten_;
  std::map<std::string, std::uint32_t, std::less<>> destinations_;  // a number for each
  std::set<Void> voids_;
  std::map<std::string, PauseEverywhere, std::less<>> paused_;
  std::map<std::string, PauseHistory, std::less<>> pauses_;
  bool caught_up_ = false;
  std::int64_t next_offset_ = 0;
};

}  // namespace spillway::retry
