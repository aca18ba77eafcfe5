// The circuit breaker of one destination: notices that it is down, and that it is back. Pure: told
// the outcomes and the time, says when an attempt may be made. Belongs to a lane.
//
//   closed     attempts are made. Opens after kFailuresMax failures in a row, if most of what was
//              tried lately failed too; or, where little is sent, after kFewFailures of them that
//              span kFewWithin. At once if it was already a probe: an attempt made early to
//              find out how the destination is
//   open       nothing is attempted until the next probe, a tenth of the outage's age away
//              (1 s to 10 s), a little more for one destination than for another: many that fail
//              together are not probed in step
//   half open  one attempt is under way, the probe. Its failure opens the breaker again; any
//              success closes it, and all that waits may go, on the ramp of SlowStart
//
// If all the failures came from one delivery, the destination may be well and only that delivery
// bad: then another delivery may probe at once.
#pragma once

#include "core/clock.hpp"
#include "journal/records.hpp"

#include <cstdint>
#include <optional>

namespace spillway::delivery {

class Breaker {
 public:
  enum class State { closed, half_open, open };

  static constexpr int kFailuresMax = 5;
  static constexpr int kFewFailures = 3;
  static constexpr core::Duration kFewWithin = std::chrono::seconds(5);
  static constexpr core::Duration kProbePauseMin = std::chrono::seconds(1);
  static constexpr core::Duration kProbePauseMax = std::chrono::seconds(10);

  // `spread` is anything that differs between destinations.
  explicit Breaker(std::uint32_t spread);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] core::Time failing_since() const { return failing_since_; }
  // When the next probe may be made. While open.
  [[nodiscard]] core::Time probe_at() const { return probe_at_; }
  // Whether this delivery may be attempted now.
  [[nodiscard]] bool allows(core::Time now, journal::Sequence sequence) const;

  // An attempt that was allowed has started.
  void started();
  // It has ended. True: this closed the breaker.
  bool succeeded(core::Time now);
  struct Failure {
    core::Time began;  // an attempt from before the last change says nothing about now
    core::Time now;
    journal::Sequence sequence = 0;
    core::Duration ask_again{};  // no probe sooner, if the destination said so
    bool probe = false;          // made early, to find out: opens at once
  };
  // True: this opened the breaker.
  bool failed(const Failure& failure);
  // It was no attempt: nothing was sent. A probe may be made from then on.
  void dropped(core::Time probe_at);

 private:
  // The share of failures of late, halved in weight with every kRecent outcomes.
  static constexpr double kRecent = 0.1;
  static constexpr double kMostFailed = 0.7;

  void open(const Failure& failure);

  const double stretch_;  // of the pause between probes
  State state_ = State::closed;
  int failures_ = 0;  // in a row
  double failed_share_ = 1.0;
  core::Time failing_since_{};
  core::Time changed_{};
  core::Time probe_at_{};
  std::optional<journal::Sequence> suspect_;  // the only delivery that failed
};

}  // namespace spillway::delivery
