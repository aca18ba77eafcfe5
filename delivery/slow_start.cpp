#include "delivery/slow_start.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::delivery {

namespace {

double seconds(core::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// No more than so many start at once, however long none did.
constexpr double kBurstSeconds = 0.02;

}  // namespace

void SlowStart::begin(core::Time now) {
  begun_ = true;
  rate_ = kFirstRate;
  credit_ = 1;
  at_ = now;
  held_until_ = now;
}

void SlowStart::failed(core::Time now) {
  if (begun_ && now >= held_until_) {
    advance(now);
    rate_ = std::max(kFirstRate, rate_ / 2);
    held_until_ = now + kHold;
  }
}

std::optional<core::Time> SlowStart::try_start(core::Time now) {
  if (!begun_) {
    return std::nullopt;
  }
  advance(now);
  if (!begun_) {
    return std::nullopt;
  }
  if (credit_ < 1) {
    const double wait = (1 - credit_) / rate_;
    return now + std::chrono::ceil<core::Duration>(std::chrono::duration<double>(wait));
  }
  credit_ -= 1;
  return std::nullopt;
}

void SlowStart::advance(core::Time now) {
  if (now <= at_) {
    return;
  }
  const core::Time grows_from = std::max(at_, held_until_);
  if (now > grows_from) {
    rate_ *= std::exp2(seconds(now - grows_from) / seconds(kDoubling));
  }
  credit_ = std::min(credit_ + rate_ * seconds(now - at_), std::max(1.0, rate_ * kBurstSeconds));
  at_ = now;
  begun_ = rate_ < kLastRate;
}

}  // namespace spillway::delivery
