// SpoolWorld: what the outside of several nodes sees that share one log: the log itself, what was
// acked, what destinations were sent, and what must hold of it. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "core/event_id.hpp"
#include "journal/store.hpp"
#include "retry/topics.hpp"
#include "tests/simulation/environment.hpp"
#include "tests/support/memory_accepted_log.hpp"
#include "tests/support/memory_log.hpp"

namespace spillway::simulation {

// In so many steps, writes, answers; 0: never.
struct SpoolFaults {
  std::uint32_t crash = 0;
  std::uint32_t gone = 0;    // a crash, and the node comes back much later
  std::uint32_t freeze = 0;  // stopped for a while, and knows nothing of it
  std::uint32_t fence = 0;
  std::uint32_t rebalance = 0;
  std::uint32_t erase = 0;
  std::uint32_t lost_write = 0;   // of the log: an error, whether it is there or not
  std::uint32_t lost_commit = 0;  // of a transaction: nothing of it is there
  std::uint32_t lost_reply = 0;   // of a destination
  std::uint32_t refusal = 2;      // by a destination
};

class SpoolWorld {
 public:
  explicit SpoolWorld(Environment& environment);

  void acked(const core::EventId& event) { acked_.insert(event); }
  [[nodiscard]] const std::set<core::EventId>& acks() const { return acked_; }

  // A node that lives since then attempts it; then it is answered that it was taken.
  void attempted(const core::EventId& event, std::uint32_t generation, core::Time alive_since,
                 std::uint32_t node);
  // That node is stopped: what it has just attempted may be attempted again elsewhere, since
  // nobody knows.
  void froze(std::uint32_t node);
  // It may arrive twice.
  void explain(const core::EventId& event) { explained_.insert(event); }
  [[nodiscard]] bool is_explained(const core::EventId& event) const {
    return explained_.contains(event);
  }
  void taken(const core::EventId& event) { ++taken_[event]; }
  [[nodiscard]] std::size_t times_taken(const core::EventId& event) const;

  // Its owner was asked to erase it.
  void erasing(const core::EventId& event) { erasing_.insert(event); }
  [[nodiscard]] bool is_erasing(const core::EventId& event) const {
    return erasing_.contains(event);
  }

  // So many deliveries were taken over from another node.
  void adopted_one() { ++adopted_; }
  [[nodiscard]] std::size_t adopted() const { return adopted_; }

  // Something that can make a delivery arrive twice has happened.
  void trouble() { calm_ = false; }
  [[nodiscard]] bool calm() const { return calm_; }

  // Between two tasks, for the journal of one node as it is on disk and in memory: what it may
  // attempt itself has no copy in the log that others may, unless they have taken it over and the
  // node has still to find out.
  void check_custody(const journal::Readable& store, std::uint16_t node_tag);
  // In the end, for each node.
  void check_converged(const journal::Readable& store, std::uint16_t node_tag);
  [[nodiscard]] bool has_converged(const journal::Readable& store, std::uint16_t node_tag) const;

  void violate(std::string what);
  [[nodiscard]] const std::optional<std::string>& violation() const { return violation_; }

  Environment& environment;
  SpoolFaults faults;
  const retry::Topics topics{"spillway"};
  SimClock clock;
  support::MemoryLog log;
  support::MemoryFences fences;

 private:
  std::set<core::EventId> acked_;
  std::map<core::EventId, std::size_t> taken_;
  struct Attempted {
    std::uint32_t node = 0;
    core::Time at;
  };
  std::map<core::EventId, Attempted> last_attempts_;
  std::set<core::EventId> explained_;
  std::set<core::EventId> erasing_;
  std::size_t adopted_ = 0;
  bool calm_ = true;
  std::optional<std::string> violation_;
};

}  // namespace spillway::simulation
