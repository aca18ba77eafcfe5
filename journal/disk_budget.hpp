// The disk budget: decided at admission only, never after (docs/correctness.md 13). Plain logic:
// told how much is used and free, it says whether to accept events and whether history should go.
#pragma once

#include <algorithm>
#include <cstdint>

namespace spillway::journal {

struct DiskBudget {
  std::uint64_t budget = std::uint64_t{20} << 30;

  // Kept back for what must still be written when no event is accepted any more: the outcomes of
  // all that waits, and one compaction.
  static constexpr std::uint64_t kReserveMin = std::uint64_t{64} << 20;
  static constexpr std::uint64_t kOutcomeBytes = 2048;

  struct Usage {
    std::uint64_t used = 0;     // by the journal, logs and obsolete files included
    std::uint64_t free = 0;     // left on the file system
    std::uint64_t pending = 0;  // deliveries whose outcome is still to be written
  };

  struct Decision {
    bool accept = true;               // false: 503 before accepting
    std::uint64_t reclaim_bytes = 0;  // of delivered history that should go early
    double used_ratio = 0;            // of what may be used in all
  };

  [[nodiscard]] Decision decide(const Usage& usage) const {
    // The file system may be smaller than the budget, or shared.
    const std::uint64_t limit =
        std::max<std::uint64_t>(1, std::min(budget, usage.used + usage.free));
    const std::uint64_t reserve =
        std::min(std::max(kReserveMin, usage.pending * kOutcomeBytes), limit / 4);
    const double ratio = static_cast<double>(usage.used) / static_cast<double>(limit);
    Decision decision{.used_ratio = ratio};
    decision.accept = usage.used + reserve < limit;
    if (ratio > kReclaimAbove) {
      decision.reclaim_bytes = usage.used - limit / 100 * kReclaimToPercent;
    }
    return decision;
  }

 private:
  static constexpr double kReclaimAbove = 0.7;
  static constexpr std::uint64_t kReclaimToPercent = 65;  // and no further than needed
};

}  // namespace spillway::journal
