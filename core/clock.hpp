// Time as every decision sees it: handed in, never read. Production has SystemClock, the
// simulation a virtual clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace spillway::core {

using Duration = std::chrono::microseconds;
// Wall-clock time. From a Clock it never goes back while the process runs.
using Time = std::chrono::sys_time<Duration>;

class Clock {
 public:
  virtual ~Clock() = default;

  // Wall time that advances with the monotonic clock and is slewed towards the system clock, so
  // a step of the system clock moves no deadline. Any thread.
  [[nodiscard]] virtual Time now() const = 0;

  // True after the system clock stepped by more than 5 minutes: expiry, retention and dedup
  // expiry wait until it agrees again (docs/correctness.md 11). Any thread.
  [[nodiscard]] virtual bool stepped() const = 0;
};

[[nodiscard]] constexpr std::int64_t to_micros(Time time) {
  return time.time_since_epoch().count();
}
[[nodiscard]] constexpr Time from_micros(std::int64_t micros) {
  return Time{Duration{micros}};
}
[[nodiscard]] constexpr std::int64_t to_unix_seconds(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace spillway::core
