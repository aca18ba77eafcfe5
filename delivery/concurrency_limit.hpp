// How many attempts a destination gets at a time, adapted to how long it takes to answer, so that
// a slow one holds few sockets and a quick one is not held back. Pure; belongs to a lane.
//
// A gradient limit, after Netflix's concurrency-limits (Gradient2Limit): the limit follows the
// ratio of the usual to the present latency, plus room to grow where all of it is in use. Answers
// that say "too much", and those that never came, take a share of it at once. Other than there,
// the usual latency is quick to follow a better one and slow to follow a worse one, so that what
// our own attempts pile up is not soon taken for usual.
//
// The ratio alone would let one that always takes ten seconds grow like one that takes ten
// milliseconds. But by Little's law what a destination holds of us, sockets and bodies, is how many
// attempts it gets a second times how long each takes, so the length of an answer counts as well:
// up to kQuick the whole maximum is there to grow into, then as much less of it as the answer took
// longer, so that those under way never take longer together than the maximum would at kQuick; but
// never less than kFew, since one that is slow by nature has much to do, too.
#pragma once

#include "core/clock.hpp"

#include <cstddef>

namespace spillway::delivery {

class ConcurrencyLimit {
 public:
  // The limit grows from here: a destination must answer before it gets more.
  static constexpr std::size_t kInitial = 8;
  // Latencies below are all alike: what varies there is this machine.
  static constexpr core::Duration kNoise = std::chrono::milliseconds(20);
  // Answers that take longer make it smaller, however usual they are.
  static constexpr core::Duration kQuick = std::chrono::seconds(1);
  // What the slowest gets, if its maximum allows.
  static constexpr std::size_t kFew = 2;

  explicit ConcurrencyLimit(std::size_t max);

  [[nodiscard]] std::size_t value() const;
  void set_max(std::size_t max);

  // An attempt was answered after `took`, while so many were under way.
  void answered(core::Duration took, std::size_t in_flight);
  // It was refused as too much, or never answered.
  void overloaded();

 private:
  static constexpr double kTolerance = 2.0;  // times the usual latency
  static constexpr double kHeadroom = 4.0;   // to grow by, at most, per answer
  static constexpr double kSmoothing = 0.2;  // of each step
  static constexpr double kBetter = 0.05;    // weight of one answer in the usual latency
  static constexpr double kWorse = 0.001;
  static constexpr double kBackoff = 0.9;

  // The most after answers that take so long.
  [[nodiscard]] double ceiling(core::Duration took) const;

  double max_;
  double limit_;
  double usual_ = 0;  // seconds; 0: not known yet
};

}  // namespace spillway::delivery
