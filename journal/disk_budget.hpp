// The disk budget: decided at admission only, never after (docs/correctness.md 13). Plain logic:
// told how much is used and free, it says whether to accept events and whether history should go.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "core/clock.hpp"

namespace spillway::journal {

struct DiskBudget {
  std::uint64_t budget = std::uint64_t{20} << 30;

  // Kept back for what must still be written when no event is accepted any more: the outcomes of
  // all that waits, and a share for a compaction and for the flushes that go on meanwhile.
  static constexpr std::uint64_t kReserveMin = std::uint64_t{80} << 20;
  static constexpr std::uint64_t kCompactionShare = 16;
  static constexpr std::uint64_t kOutcomeBytes = 2048;

  struct Usage {
    std::uint64_t used = 0;      // by the journal, logs and obsolete files included
    std::uint64_t rewrite = 0;   // of these, bytes that a compaction is about to write once more
    std::uint64_t arriving = 0;  // bytes of bodies in memory, not yet accepted or not yet written
    std::uint64_t free = 0;      // left on the file system
    std::uint64_t pending = 0;   // deliveries whose outcome is still to be written
  };

  struct Decision {
    bool accept = true;               // false: 503 before accepting
    std::uint64_t room = 0;           // bytes of bodies that may be accepted until the next look
    std::uint64_t reclaim_bytes = 0;  // of delivered history that should go early
    // Of what waits between that history, and is copied before it goes: no more until the next
    // look, since for a while it stands there twice.
    std::uint64_t copy_bytes_max = 0;
    double used_ratio = 0;       // of what may be used in all
    core::Duration holds_for{};  // then look again
  };

  [[nodiscard]] Decision decide(const Usage& usage) const {
    // The file system may be smaller than the budget, or shared.
    const std::uint64_t limit =
        std::max<std::uint64_t>(1, std::min(budget, usage.used + usage.free));
    const std::uint64_t reserve =
        std::min(std::max({kReserveMin, limit / kCompactionShare, usage.pending * kOutcomeBytes}),
                 limit / 3);
    Decision decision;
    decision.holds_for =
        std::clamp<core::Duration>(std::chrono::milliseconds(limit / kFilledPerMillisecond),
                                   std::chrono::milliseconds(50), std::chrono::seconds(1));
    decision.used_ratio = static_cast<double>(usage.used) / static_cast<double>(limit);
    const std::uint64_t taken = usage.used + usage.rewrite + usage.arriving + reserve;
    decision.accept = taken < limit;
    // What is accepted stands in the log and in a table file for a while.
    decision.room = decision.accept ? (limit - taken) / kCopiesOfNew : 0;
    // History goes before anybody is refused.
    const std::uint64_t history_max =
        std::min(limit / 100 * kReclaimAbovePercent, (limit - reserve) / 100 * 90);
    if (usage.used > history_max) {
      decision.reclaim_bytes = usage.used - history_max / 100 * kReclaimToPercent;
      decision.copy_bytes_max = limit / kCopyShare;
    }
    return decision;
  }

 private:
  static constexpr std::uint64_t kReclaimAbovePercent = 70;
  static constexpr std::uint64_t kReclaimToPercent = 93;  // of that, and no further than needed
  static constexpr std::uint64_t kCopiesOfNew = 2;
  static constexpr std::uint64_t kCopyShare = 64;
  static constexpr std::uint64_t kFilledPerMillisecond = std::uint64_t{5} << 20;
};

}  // namespace spillway::journal
