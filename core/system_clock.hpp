// The production Clock: wall time carried by the monotonic clock and slewed towards the system
// clock by at most 0.5 ms per second. `SlewedTime` decides, `SystemClock` reads the clocks.
#pragma once

#include <atomic>
#include <chrono>

#include "core/clock.hpp"

namespace spillway::core {

// Pure: told both clocks, returns the time to use. One thread.
class SlewedTime {
 public:
  SlewedTime(Time wall, Duration monotonic) : base_(wall), last_monotonic_(monotonic) {}

  // Takes a reading of both clocks and corrects towards the wall by the slew allowed since the
  // last one. Never goes back.
  void observe(Time wall, Duration monotonic);

  [[nodiscard]] Time at(Duration monotonic) const { return base_ + (monotonic - last_monotonic_); }
  [[nodiscard]] bool stepped() const { return stepped_; }

 private:
  Time base_;
  Duration last_monotonic_;
  bool stepped_ = false;
};

// Any thread, except for tick().
class SystemClock final : public Clock {
 public:
  SystemClock();
  [[nodiscard]] Time now() const override;
  [[nodiscard]] bool stepped() const override { return stepped_.load(std::memory_order_relaxed); }

  // Compares with the system clock; called about once a second by one thread (housekeeping).
  void tick();

 private:
  SlewedTime slewed_;                        // only touched by tick()
  std::atomic<std::int64_t> offset_micros_;  // time = monotonic + offset
  std::atomic<bool> stepped_{false};
};

// Microseconds of the monotonic clock since an arbitrary start: for measuring, not for dates.
[[nodiscard]] Duration monotonic_now();

}  // namespace spillway::core
