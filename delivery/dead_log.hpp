// Which of a destination's dead deliveries are worth a log line. The first of a burst is logged by
// itself, the rest as one number for each ten seconds: a destination that loses a hundred thousand
// must not bury every other line. What died is in the journal and the metrics, one by one.
//
// Pure: told what happens and when, it says what to log. One per destination, beside its lane, on
// the lane's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/clock.hpp"

namespace spillway::delivery {

class DeadLog {
 public:
  static constexpr core::Duration kSummaryEvery = std::chrono::seconds(10);

  // A delivery died. True: it is the first of a burst, log it; else it is in the next summary.
  [[nodiscard]] bool died(core::Time now);

  // When to ask for the next summary; nothing while there is no burst.
  [[nodiscard]] std::optional<core::Time> summary_due() const { return summary_due_; }

  struct Summary {
    std::uint64_t deliveries = 0;  // died since the last line, that line's not counted
    core::Duration lasting{};      // since then
  };

  // To be logged, and the burst goes on; nothing: none died since the last line, the burst is over.
  // May be asked early, before a stop.
  [[nodiscard]] std::optional<Summary> summarize(core::Time now);

 private:
  std::optional<core::Time> summary_due_;
  core::Time last_line_{};
  std::uint64_t unlogged_ = 0;
};

}  // namespace spillway::delivery
