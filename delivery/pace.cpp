#include "delivery/pace.hpp"

#include <algorithm>
#include <utility>

namespace spillway::delivery {

Pace::Pace(std::uint32_t spread, const DestinationOptions& options)
    : breaker_(spread), limit_(options.max_in_flight) {
  configure(options);
}

void Pace::configure(const DestinationOptions& options) {
  limit_.set_max(options.max_in_flight);
  if (options.rate != rate_options_) {
    rate_options_ = options.rate;
    rate_.reset();
    if (rate_options_) {
      rate_.emplace(*rate_options_);
    }
  }
}

std::size_t Pace::limit() const {
  return breaker_.state() == Breaker::State::closed ? limit_.value() : 1;
}

core::Time Pace::probe_at() const {
  return std::max(breaker_.probe_at(), held_until_);
}

bool Pace::try_start(core::Time now, journal::Sequence sequence, std::size_t in_flight) {
  ask_again_.reset();
  if (now < held_until_) {
    ask_again_ = held_until_;
    return false;
  }
  if (!breaker_.allows(now, sequence)) {
    if (breaker_.state() == Breaker::State::open) {
      ask_again_ = probe_at();
    }
    return false;
  }
  if (breaker_.state() == Breaker::State::closed) {
    if (in_flight >= limit_.value()) {
      return false;
    }
    ask_again_ = ramp_.try_start(now);
    if (ask_again_) {
      return false;
    }
  }
  if (rate_) {
    if (const auto wait = rate_->try_take(now)) {
      ask_again_ = now + *wait;
      return false;
    }
  }
  breaker_.started();
  return true;
}

bool Pace::takes_fresh(core::Time now, journal::Sequence sequence) const {
  return breaker_.state() == Breaker::State::closed || breaker_.allows(now, sequence);
}

Pace::Change Pace::ended(const Attempt& attempt, const Health& health, core::Time now) {
  if (health.ask_again > core::Duration{}) {
    held_until_ = std::max(held_until_, now + health.ask_again);
  }
  if (health.sign == Health::Sign::none || health.sign == Health::Sign::over) {
    const bool at_once = health.sign == Health::Sign::over;
    breaker_.dropped(at_once ? now : now + Breaker::kProbePauseMin);
    return Change::none;
  }
  const bool first = !std::exchange(known_, true);
  quick_ = health.took <= ConcurrencyLimit::kQuick;
  if (health.sign == Health::Sign::well) {
    limit_.answered(health.took, attempt.in_flight);
    return breaker_.succeeded(now) || first ? Change::recovered : Change::none;
  }
  if (health.sign != Health::Sign::ill) {
    limit_.overloaded();
  }
  ramp_.failed(now);
  const bool opened = breaker_.failed({.began = attempt.began,
                                       .now = now,
                                       .sequence = attempt.sequence,
                                       .ask_again = health.ask_again,
                                       .probe = attempt.early && first});
  return opened ? Change::opened : Change::none;
}

}  // namespace spillway::delivery
