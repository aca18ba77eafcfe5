// Deadlines of network waits: points of the monotonic clock, handed down and never restarted.
#pragma once

#include "core/clock.hpp"
#include "core/system_clock.hpp"
#include "http/async.hpp"

namespace spillway::http {

using Deadline = Timer::time_point;

[[nodiscard]] inline Deadline now_monotonic() {
  return Deadline(core::monotonic_now());
}
[[nodiscard]] inline Deadline deadline_in(core::Duration duration) {
  return now_monotonic() + duration;
}

}  // namespace spillway::http
