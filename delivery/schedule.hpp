// The schedule: when a delivery is attempted again, and when no more (docs/correctness.md 12).
// Pure: told the policy and the facts, says what is next.
//
// Both clocks, give-up and ttl, start when the delivery was opened (accepted, or replayed: a replay
// is a new life) and leave out the time its destination was paused. A delivery whose next attempt
// by the schedule would come after one of them has run out is finished at once: nothing would
// happen in between, and no attempt is made earlier than the schedule allows. Retry-After finishes
// nothing: where it reaches beyond, the last attempt is made at the end of the time there is. An
// attempt that was due in time is made even if its turn comes late, so a node that was down for
// days still tries once; only the ttl is looked at again before each attempt. Where the destination
// is known to be down, by its breaker, nothing past give_up_after is tried.
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

struct Wait {
  core::Duration own{};       // what the schedule says
  core::Duration extended{};  // by Retry-After, up to kRetryAfterMax; else the same
};

// How early a last attempt is due that Retry-After would put beyond the ttl: its turn may come a
// little late, and must not come too late.
inline constexpr core::Duration kLastTryBeforeTtl = std::chrono::seconds(1);

// The wait after the given number of attempts, lengthened by up to `jitter` of itself. `random` is
// 64 random bits.
[[nodiscard]] Wait wait_after(const RetryOptions& options, std::uint32_t attempts,
                              std::optional<core::Duration> retry_after, std::uint64_t random);

// After a failed attempt, `progress.attempts` counting it.
[[nodiscard]] Next next_attempt(const DestinationOptions& options, const Progress& progress,
                                const Wait& wait);

// Past give_up_after, by more than `late`.
[[nodiscard]] bool is_exhausted(const DestinationOptions& options, const Progress& progress,
                                core::Duration late);

// Worthless by now: no attempt is to be made.
[[nodiscard]] bool is_expired(const DestinationOptions& options, const Progress& progress);

}  // namespace spillway::delivery
