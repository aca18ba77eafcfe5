#include "delivery/breaker.hpp"

#include "core/planted_bug.hpp"

#include <algorithm>

namespace spillway::delivery {

namespace {

constexpr double kStretchMax = 0.2;

// Evenly spread over [0, 1), also for consecutive numbers.
double fraction(std::uint32_t number) {
  constexpr std::uint32_t kGoldenRatio = 0x9e3779b9;
  return static_cast<double>(number * kGoldenRatio) / 4294967296.0;
}

}  // namespace

Breaker::Breaker(std::uint32_t spread) : stretch_(1 + kStretchMax * fraction(spread)) {}

bool Breaker::allows(core::Time now, journal::Sequence sequence) const {
  switch (state_) {
    case State::closed:
      return true;
    case State::half_open:
      return false;
    case State::open:
      break;
  }
  constexpr bool never = core::kPlantedBug == core::PlantedBug::probe_never_made;
  return !never && (now >= probe_at_ || (suspect_ && *suspect_ != sequence));
}

void Breaker::started() {
  if (state_ == State::open) {
    state_ = State::half_open;
  }
}

bool Breaker::succeeded(core::Time now) {
  failed_share_ -= failed_share_ * kRecent;
  failures_ = 0;
  suspect_.reset();
  if (state_ == State::closed) {
    return false;
  }
  state_ = State::closed;
  changed_ = now;
  return true;
}

bool Breaker::failed(const Failure& failure) {
  if (state_ == State::open || failure.began < changed_) {
    return false;
  }
  failed_share_ += (1 - failed_share_) * kRecent;
  if (failures_ == 0) {
    failing_since_ = failure.now;
    suspect_ = failure.sequence;
  } else if (suspect_ != failure.sequence) {
    suspect_.reset();
  }
  ++failures_;
  if (state_ == State::half_open) {
    open(failure);
    return false;
  }
  const bool many = failures_ >= kFailuresMax && failed_share_ >= kMostFailed;
  const bool few = failures_ >= kFewFailures && failure.now - failing_since_ >= kFewWithin;
  if (!many && !few && !failure.probe) {
    return false;
  }
  changed_ = failure.now;
  open(failure);
  return true;
}

void Breaker::dropped(core::Time probe_at) {
  if (state_ == State::half_open) {
    state_ = State::open;
    probe_at_ = probe_at;
  }
}

void Breaker::open(const Failure& failure) {
  state_ = State::open;
  const core::Duration outage = failure.now - failing_since_;
  const core::Duration tenth = std::max(outage / 10, kProbePauseMin);
  const auto stretched = std::chrono::duration_cast<core::Duration>(tenth * stretch_);
  const core::Duration pause = std::min(stretched, kProbePauseMax);
  probe_at_ = failure.now + std::max(pause, failure.ask_again);
}

}  // namespace spillway::delivery
