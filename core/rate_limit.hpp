// A token bucket without a bucket: the time at which it would be full again is all it remembers
// (the generic cell rate algorithm), so one atomic serves every io thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "core/clock.hpp"

namespace spillway::core {

struct RateOptions {
  double per_second = 0;
  double burst = 0;

  bool operator==(const RateOptions&) const = default;
};

class RateLimit {
 public:
  // Both above 0.
  explicit RateLimit(const RateOptions& options);

  // Takes one token; else tells how long to wait for one.
  [[nodiscard]] std::optional<Duration> try_take(Time now);

 private:
  const std::int64_t interval_;   // microseconds per token
  const std::int64_t tolerance_;  // how far ahead of the rate a burst may run
  std::atomic<std::int64_t> next_{0};
};

}  // namespace spillway::core
