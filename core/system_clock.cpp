#include "core/system_clock.hpp"

#include <algorithm>
#include <ctime>

#include "core/check.hpp"

namespace spillway::core {
namespace {

constexpr Duration kStep = std::chrono::minutes(5);

Time system_now() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

}  // namespace

void SlewedTime::observe(Time wall, Duration monotonic) {
  const Duration elapsed = monotonic - last_monotonic_;
  base_ += elapsed;
  last_monotonic_ = monotonic;
  offset_ = wall - base_;
  if (!stepped()) {
    const Duration allowed = elapsed / 2000;
    base_ += std::clamp(offset_, -allowed, allowed);
  }
}

bool SlewedTime::stepped() const {
  return std::chrono::abs(offset_) > kStep;
}

Duration monotonic_now() {
  return std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch());
}

SystemClock::SystemClock()
    : slewed_(system_now(), monotonic_now()), offset_micros_(to_micros(slewed_.at(Duration{0}))) {}

Time SystemClock::now() const {
  return from_micros(offset_micros_.load(std::memory_order_relaxed)) + monotonic_now();
}

Duration boot_now() {
  timespec now{};
  CHECK(::clock_gettime(CLOCK_BOOTTIME, &now) == 0);
  return std::chrono::duration_cast<Duration>(std::chrono::seconds(now.tv_sec) +
                                              std::chrono::nanoseconds(now.tv_nsec));
}

void SystemClock::tick() {
  slewed_.observe(system_now(), monotonic_now());
  offset_micros_.store(to_micros(slewed_.at(Duration{0})), std::memory_order_relaxed);
  stepped_.store(slewed_.stepped(), std::memory_order_relaxed);
}

}  // namespace spillway::core
