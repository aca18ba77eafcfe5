#include "delivery/concurrency_limit.hpp"

#include "core/check.hpp"

#include <algorithm>

namespace spillway::delivery {

ConcurrencyLimit::ConcurrencyLimit(std::size_t max)
    : max_(static_cast<double>(max)), limit_(static_cast<double>(std::min(max, kInitial))) {
  CHECK(max > 0);
}

std::size_t ConcurrencyLimit::value() const {
  return static_cast<std::size_t>(limit_);
}

void ConcurrencyLimit::set_max(std::size_t max) {
  CHECK(max > 0);
  max_ = static_cast<double>(max);
  limit_ = std::min(limit_, max_);
}

void ConcurrencyLimit::answered(core::Duration took, std::size_t in_flight) {
  const double seconds = std::chrono::duration<double>(std::max(took, kNoise)).count();
  if (usual_ == 0) {
    usual_ = seconds;
  }
  usual_ += (seconds - usual_) * (seconds < usual_ ? kBetter : kWorse);
  const double gradient = std::clamp(kTolerance * usual_ / seconds, 0.5, 1.0);
  const bool in_use = static_cast<double>(in_flight) >= limit_ / 2;
  const double wanted = limit_ * gradient + (in_use ? kHeadroom : 0.0);
  limit_ = std::clamp(limit_ + (wanted - limit_) * kSmoothing, 1.0, max_);
}

void ConcurrencyLimit::overloaded() {
  limit_ = std::max(1.0, limit_ * kBackoff);
}

}  // namespace spillway::delivery
