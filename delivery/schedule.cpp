#include "delivery/schedule.hpp"

#include "core/check.hpp"
#include "delivery/retry_after.hpp"

#include <algorithm>

namespace spillway::delivery {

using core::DeliveryState;
using core::Reason;

namespace {

core::Duration lengthen(core::Duration wait, double jitter, std::uint64_t random) {
  const double share = static_cast<double>(random >> 11) * 0x1.0p-53;  // [0, 1)
  return wait + core::Duration(static_cast<core::Duration::rep>(static_cast<double>(wait.count()) *
                                                                jitter * share));
}

}  // namespace

Progress progress_of(const journal::DeliveryRecord& delivery,
                     const journal::DestinationRecord& destination, core::Time now) {
  // The lane learns of a pause a moment after the journal: never count less than nothing.
  const core::Duration paused =
      std::max(destination.paused_until(now) - delivery.paused_before, core::Duration::zero());
  return {delivery.attempts, delivery.opened, paused, now};
}

core::Duration wait_after(const RetryOptions& options, std::uint32_t attempts,
                          std::optional<core::Duration> retry_after, std::uint64_t random) {
  CHECK(attempts > 0);
  const std::size_t step = attempts - 1;
  core::Duration wait =
      step < options.schedule.size() ? options.schedule[step] : options.then_every;
  if (retry_after) {
    wait = std::max(wait, std::min(*retry_after, kRetryAfterMax));
  }
  return lengthen(wait, options.jitter, random);
}

Next next_attempt(const DestinationOptions& options, const Progress& progress,
                  core::Duration wait) {
  const core::Time due = progress.now + wait;
  const core::Time running_since = progress.opened + progress.paused;
  if (options.ttl && due >= running_since + *options.ttl) {
    return {DeliveryState::expired, Reason::ttl, {}};
  }
  if (due > running_since + options.retry.give_up_after) {
    return {DeliveryState::dead, Reason::exhausted, {}};
  }
  return {DeliveryState::pending, Reason::none, due};
}

bool is_expired(const DestinationOptions& options, const Progress& progress) {
  return options.ttl && progress.now >= progress.opened + progress.paused + *options.ttl;
}

}  // namespace spillway::delivery
