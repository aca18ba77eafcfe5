// How long a failing delivery may hold back the others of its ordering key. Its time runs only
// while its destination takes other deliveries: an outage is nobody's fault, and parks nothing
// (docs/correctness.md 12). Pure; one per destination, beside its lane.
//
// Kept in memory only: after a restart the time of each begins anew.
#pragma once

#include "core/clock.hpp"
#include "journal/records.hpp"
#include "journal/settle.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace spillway::delivery {

class ParkClock {
 public:
  // Between two successes, no more than this counts.
  static constexpr core::Duration kStepMax = std::chrono::minutes(1);
  // Beyond so many keys held back, the next is looked at when it fails again.
  static constexpr std::size_t kHoldersMax = 10'000;

  // This ordered delivery has failed and waits for its next attempt, as settled.
  void holds_back(const journal::Settlement& settled);
  void forget(journal::Sequence sequence) { holders_.erase(sequence); }

  // The destination took a delivery.
  void succeeded(core::Time now);
  // The destination is down.
  void outage() { last_success_ = {}; }

  [[nodiscard]] bool is_over(journal::Sequence sequence, core::Duration park) const;
  // Those whose time is over, as settlements that park them; but not the busy ones: an attempt is
  // under way, whose end will find is_over().
  [[nodiscard]] std::vector<journal::Settlement> take_over(
      core::Duration park, const std::function<bool(journal::Sequence)>& busy);

 private:
  struct Holder {
    core::Duration since{};  // by this clock
    journal::Settlement settled;
  };

  core::Duration elapsed_{};
  core::Time last_success_{};
  std::unordered_map<journal::Sequence, Holder> holders_;
  std::deque<std::pair<core::Duration, journal::Sequence>> order_;  // by since; some are forgotten
};

}  // namespace spillway::delivery
