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
  // How far the wall was ahead of the time in use when it was last observed.
  [[nodiscard]] Duration offset() const { return offset_; }
  // Too far for a clock that is merely inexact.
  [[nodiscard]] bool stepped() const;

 private:
  Time base_;
  Duration last_monotonic_;
  Duration offset_{};
};

// Any thread, except for tick().
class SystemClock final : public Clock {
 public:
  SystemClock();
  [[nodiscard]] Time now() const override;
  [[nodiscard]] bool stepped() const override { return stepped_.load(std::memory_order_relaxed); }

  // Compares with the system clock; called about once a second by one thread (housekeeping).
  void tick();
  // How far the system clock was ahead at the last tick. Of that thread.
  [[nodiscard]] Duration offset() const { return slewed_.offset(); }

 private:
  SlewedTime slewed_;                        // only touched by the thread that ticks
  std::atomic<std::int64_t> offset_micros_;  // time = monotonic + offset
  std::atomic<bool> stepped_{false};
};

// Microseconds of the monotonic clock since an arbitrary start: for measuring, not for dates.
[[nodiscard]] Duration monotonic_now();
// Since the machine was started, which goes on while it sleeps: for what another machine does not
// wait for.
[[nodiscard]] Duration boot_now();

}  // namespace spillway::core
