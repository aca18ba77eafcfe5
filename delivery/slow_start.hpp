// The ramp of a destination that has come back: how many attempts may start, however many its
// concurrency limit would allow, so that its backlog is no stampede. Pure; belongs to a lane.
//
// It begins with kFirstRate attempts a second and doubles every kDoubling: 1,000 in the first
// second, 12,000 within two. A failure halves the rate and holds it for a second. At kLastRate the
// ramp is over.
#pragma once

#include "core/clock.hpp"

#include <optional>

namespace spillway::delivery {

class SlowStart {
 public:
  static constexpr double kFirstRate = 200;  // per second
  static constexpr double kLastRate = 50'000;
  static constexpr core::Duration kDoubling = std::chrono::milliseconds(250);
  static constexpr core::Duration kHold = std::chrono::seconds(1);  // after a failure

  void begin(core::Time now);
  void end() { begun_ = false; }
  void failed(core::Time now);

  // Takes leave for one attempt; else says when there is one to take.
  [[nodiscard]] std::optional<core::Time> try_start(core::Time now);

 private:
  void advance(core::Time now);

  bool begun_ = false;
  double rate_ = 0;
  double credit_ = 0;
  core::Time at_{};          // credit is counted up to then
  core::Time held_until_{};  // the rate does not grow before
};

}  // namespace spillway::delivery
