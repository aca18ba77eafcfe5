// The schedule: when a delivery is attempted again, and when no more (docs/correctness.md 12).
// Pure: told the policy and the facts, says what is next.
//
// Both clocks, give-up and ttl, start when the delivery was opened (accepted, or replayed: a replay
// is a new life) and leave out the time its destination was paused. A delivery whose next attempt
// would come after one of them has run out is finished at once: nothing would happen in between,
// and no attempt is made earlier than the schedule and Retry-After allow. An attempt that was due
// in time is made even if its turn comes late, so a node that was down for days still tries once;
// only the ttl is looked at again before each attempt.
#pragma once

#include "core/clock.hpp"
#include "core/delivery.hpp"
#include "delivery/options.hpp"
#include "journal/records.hpp"

#include <cstdint>
#include <optional>

namespace spillway::delivery {

// The facts about one delivery as of now.
struct Progress {
  std::uint32_t attempts = 0;  // made in this generation
  core::Time opened;           // start of this generation
  core::Duration paused{};     // of the time since then, the destination was paused for so long
  core::Time now;
};

[[nodiscard]] Progress progress_of(const journal::DeliveryRecord& delivery,
                                   const journal::DestinationRecord& destination, core::Time now);

struct Next {
  core::DeliveryState state = core::DeliveryState::pending;  // or dead or expired
  core::Reason reason = core::Reason::none;
  core::Time due;  // while pending
};

// The wait after the given number of attempts: from the schedule, extended by Retry-After (up to
// kRetryAfterMax), lengthened by up to `jitter` of itself. `random` is 64 random bits.
[[nodiscard]] core::Duration wait_after(const RetryOptions& options, std::uint32_t attempts,
                                        std::optional<core::Duration> retry_after,
                                        std::uint64_t random);

// After a failed attempt, `progress.attempts` counting it.
[[nodiscard]] Next next_attempt(const DestinationOptions& options, const Progress& progress,
                                core::Duration wait);

// Worthless by now: no attempt is to be made.
[[nodiscard]] bool is_expired(const DestinationOptions& options, const Progress& progress);

}  // namespace spillway::delivery
