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

Wait wait_after(const RetryOptions& options, std::uint32_t attempts,
                std::optional<core::Duration> retry_after, std::uint64_t random) {
  CHECK(attempts > 0);
  const std::size_t step = attempts - 1;
  const core::Duration own =
      step < options.schedule.size() ? options.schedule[step] : options.then_every;
  const core::Duration asked = std::min(retry_after.value_or(own), kRetryAfterMax);
  return {lengthen(own, options.jitter, random),
          lengthen(std::max(own, asked), options.jitter, random)};
}

Next next_attempt(const DestinationOptions& options, const Progress& progress, const Wait& wait) {
  const core::Time earliest = progress.now + wait.own;
  const core::Time running_since = progress.opened + progress.paused;
  if (options.ttl && earliest >= running_since + *options.ttl) {
    return {DeliveryState::expired, Reason::ttl, {}};
  }
  if (earliest > running_since + options.retry.give_up_after) {
    return {DeliveryState::dead, Reason::exhausted, {}};
  }
  core::Duration window = options.retry.give_up_after;
  if (options.ttl) {
    window = std::min(window, *options.ttl - kLastTryBeforeTtl);
  }
  const core::Time wanted = std::min(progress.now + wait.extended, running_since + window);
  return {DeliveryState::pending, Reason::none, std::max(earliest, wanted)};
}

bool is_exhausted(const DestinationOptions& options, const Progress& progress,
                  core::Duration late) {
  const core::Duration time = progress.paused + options.retry.give_up_after + late;
  return progress.now > progress.opened + time;
}

bool is_expired(const DestinationOptions& options, const Progress& progress) {
  return options.ttl && progress.now >= progress.opened + progress.paused + *options.ttl;
}

}  // namespace spillway::delivery
