// The port through which a worker has a spooled delivery attempted by this node's lanes, which know
// how its destination is. The engine's side of it is delivery/visit.hpp.
#pragma once

#include "core/clock.hpp"
#include "core/delivery.hpp"
#include "retry/spool_record.hpp"

#include <functional>

namespace spillway::retry {

// What came of asking for an attempt.
struct VisitOutcome {
  // False: none was made, and none is to be before `wait` is over: its destination is down, paused
  // or not configured here.
  bool attempted = false;
  core::Duration wait{};
  // After an attempt, or when the delivery's time was over (then attempt.number is 0).
  core::DeliveryState state = core::DeliveryState::pending;
  core::Reason reason = core::Reason::none;
  core::Time due;  // while pending
  core::Attempt attempt;
};

class Attempts {
 public:
  using Callback = std::move_only_function<void(VisitOutcome)>;

  virtual ~Attempts() = default;

  // Calls back exactly once, on the worker's executor, never from within the call, within the
  // destination's timeouts.
  virtual void attempt(const SpoolRecord& record, Callback callback) = 0;
};

}  // namespace spillway::retry
