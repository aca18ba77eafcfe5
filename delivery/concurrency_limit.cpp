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
  const double room = limit_ * gradient + (in_use ? kHeadroom : 0.0);
  const double most = ceiling(took);
  const double wanted = limit_ > most ? std::min(room, most) : room;
  limit_ = std::clamp(limit_ + (wanted - limit_) * kSmoothing, 1.0, std::max(limit_, most));
}

double ConcurrencyLimit::ceiling(core::Duration took) const {
  if (took <= kQuick) {
    return max_;
  }
  const double few = std::min(static_cast<double>(kFew), max_);
  const auto share = std::chrono::duration<double>(kQuick) / std::chrono::duration<double>(took);
  return std::max(few, max_ * share);
}

void ConcurrencyLimit::overloaded() {
  limit_ = std::max(1.0, limit_ * kBackoff);
}

}  // namespace spillway::delivery
