#include "gateway/rate_limit.hpp"

#include <algorithm>

namespace spillway::gateway {

RateLimit::RateLimit(double per_second, double burst)
    : interval_(std::max<std::int64_t>(1, static_cast<std::int64_t>(1e6 / per_second))),
      tolerance_(static_cast<std::int64_t>((burst - 1) * static_cast<double>(interval_))) {}

std::optional<core::Duration> RateLimit::try_take(core::Time now) {
  const std::int64_t at = core::to_micros(now);
  std::int64_t next = next_.load(std::memory_order_relaxed);
  for (;;) {
    const std::int64_t start = std::max(next, at);
    if (start - at > tolerance_) {
      return core::Duration{start - at - tolerance_};
    }
    if (next_.compare_exchange_weak(next, start + interval_, std::memory_order_relaxed)) {
      return std::nullopt;
    }
  }
}

}  // namespace spillway::gateway
