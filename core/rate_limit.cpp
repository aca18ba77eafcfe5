#include "core/rate_limit.hpp"

#include <algorithm>

namespace spillway::core {

RateLimit::RateLimit(const RateOptions& options)
    : interval_(std::max<std::int64_t>(1, static_cast<std::int64_t>(1e6 / options.per_second))),
      tolerance_(static_cast<std::int64_t>((options.burst - 1) * static_cast<double>(interval_))) {}

std::optional<Duration> RateLimit::try_take(Time now) {
  const std::int64_t at = to_micros(now);
  std::int64_t next = next_.load(std::memory_order_relaxed);
  for (;;) {
    const std::int64_t start = std::max(next, at);
    if (start - at > tolerance_) {
      return Duration{start - at - tolerance_};
    }
    if (next_.compare_exchange_weak(next, start + interval_, std::memory_order_relaxed)) {
      return std::nullopt;
    }
  }
}

}  // namespace spillway::core
