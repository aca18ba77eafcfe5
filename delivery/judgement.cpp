#include "delivery/judgement.hpp"

#include "core/planted_bug.hpp"
#include "delivery/retry_after.hpp"
#include "delivery/schedule.hpp"

#include <algorithm>
#include <utility>

namespace spillway::delivery {

using core::DeliveryState;
using core::Outcome;
using core::Reason;

namespace {

constexpr std::uint16_t kGone = 410;

bool asks_for_another_try(std::uint16_t status) {
  return status == 408 || status == 425 || status == 429;
}

Outcome outcome_of(const DestinationOptions& options, const SendResult& result) {
  if (result.failure) {
    return result.failure->nothing_sent ? Outcome::deferred : Outcome::unknown;
  }
  if (result.status >= 200 && result.status < 300) {
    return Outcome::delivered;
  }
  const bool refused = result.status >= 400 && result.status < 500 && result.status != kGone &&
                       !asks_for_another_try(result.status);
  return refused && options.retry.on_4xx == On4xx::dead ? Outcome::rejected : Outcome::deferred;
}

Next what_next(const DestinationOptions& options, const SendResult& result, Outcome outcome,
               const Progress& progress, std::uint64_t random) {
  constexpr bool goes_on = core::kPlantedBug == core::PlantedBug::retry_after_success;
  if (outcome == Outcome::delivered && !goes_on) {
    return {DeliveryState::delivered, Reason::none, {}};
  }
  if (outcome == Outcome::rejected) {
    return {DeliveryState::dead, Reason::rejected, {}};
  }
  const auto retry_after = parse_retry_after(result.retry_after, progress.now);
  const Wait wait = wait_after(options.retry, progress.attempts, retry_after, random);
  if (result.status == kGone) {
    // The clocks stop here, so nothing is given up.
    return {DeliveryState::pending, Reason::none, progress.now + wait.extended};
  }
  return next_attempt(options, progress, wait);
}

Health::Sign sign_of(const SendResult& result) {
  if (result.failure) {
    return result.failure->nothing_sent ? Health::Sign::ill : Health::Sign::silent;
  }
  if (result.status == 429 || result.status == 503) {
    return Health::Sign::busy;
  }
  const bool success = result.status >= 200 && result.status < 300;
  const bool refused = result.status >= 400 && result.status < 500;
  const bool well = success || (refused && !asks_for_another_try(result.status));
  return well ? Health::Sign::well : Health::Sign::ill;
}

Health health_of(const SendResult& result, core::Time now) {
  Health health{sign_of(result), result.took, {}};
  if (health.sign != Health::Sign::well) {
    const auto asked = parse_retry_after(result.retry_after, now).value_or(core::Duration{});
    health.ask_again = std::min(asked, kRetryAfterMax);
  }
  return health;
}

}  // namespace

Judgement judge(const DestinationOptions& options, const journal::OpenDelivery& delivery,
                SendResult result, const AttemptEnd& end) {
  const Outcome outcome = outcome_of(options, result);
  const std::uint32_t attempts = delivery.record.attempts + 1;
  const Progress progress{attempts, delivery.record.opened, end.paused, end.now};
  const Next next = what_next(options, result, outcome, progress, end.random);

  Judgement judgement;
  judgement.health = health_of(result, end.now);
  judgement.pause_destination = result.status == kGone;
  judgement.may_repeat = outcome == Outcome::unknown && next.state == DeliveryState::pending;
  journal::Settlement& settlement = judgement.settlement;
  settlement.ref = delivery.ref;
  settlement.generation = delivery.record.generation;
  settlement.state = next.state;
  settlement.reason = next.reason;
  settlement.due = next.due;
  settlement.attempts = attempts;
  core::Attempt& attempt = settlement.attempt;
  attempt.number = attempts;
  attempt.generation = delivery.record.generation;
  attempt.started = end.started;
  attempt.took = result.took;
  attempt.outcome = outcome;
  attempt.status = result.status;
  attempt.excerpt = std::move(result.excerpt);
  if (result.failure) {
    attempt.error = std::move(result.failure->message);
  }
  return judgement;
}

std::optional<journal::Settlement> end_without_attempt(const DestinationOptions& options,
                                                       const journal::OpenDelivery& delivery,
                                                       const Progress& progress, bool down) {
  journal::Settlement settlement;
  settlement.ref = delivery.ref;
  settlement.generation = delivery.record.generation;
  settlement.attempts = delivery.record.attempts;
  if (is_expired(options, progress)) {
    settlement.state = DeliveryState::expired;
    settlement.reason = Reason::ttl;
    return settlement;
  }
  // One that was never attempted gets the time to be the probe once.
  const core::Duration late =
      progress.attempts == 0 ? Breaker::kProbePauseMax : core::Duration::zero();
  if (down && is_exhausted(options, progress, late)) {
    settlement.state = DeliveryState::dead;
    settlement.reason = Reason::exhausted;
    return settlement;
  }
  return std::nullopt;
}

}  // namespace spillway::delivery
