// What delivery shows of itself: its metrics (docs/metrics.md), and the latest attempts to each
// destination. One Probe per process; each lane resolves its own once and writes them without a
// look-up. Any thread.
#pragma once

#include "core/clock.hpp"
#include "core/delivery.hpp"
#include "core/event_id.hpp"
#include "core/metrics.hpp"
#include "delivery/attempt_memory.hpp"
#include "delivery/options.hpp"
#include "delivery/pace.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <string>

namespace spillway::delivery {

class Probe;

enum class RepeatCause {
  unknown_outcome,  // the answer to an attempt never came
  unrecorded,       // its outcome could not be written
};

// What one lane shows.
class LaneProbe {
 public:
  LaneProbe(Probe& probe, std::string name);

  // The objective as configured now, for alert rules to measure against.
  void set_objective(const LagOptions& objective);
  void attempt_started() { in_flight_->add(1); }
  void attempt_ended(const core::EventId& event, const core::Attempt& attempt);
  void attempt_dropped() { in_flight_->add(-1); }  // it was none: nothing could be sent
  void attempt_put_off();                          // for lack of room, by a limit of ours
  void pace_is(const Pace& pace);
  // After an outage: how long it took to let go of all that had waited.
  void converged(core::Duration took);
  void delivered(core::Duration lag, const LagOptions& objective);
  void died(core::Reason reason);
  // As the newest version of its ordering key.
  void newest_died() { newest_dead_->add(); }
  // It will be sent again though it may have arrived, or has.
  void may_repeat(RepeatCause cause);
  // Another node delivers the same event.
  void duplicate_elsewhere();
  void settle_was_stale();
  void settle_failed();
  void refill_failed();

 private:
  Probe* probe_;
  std::string name_;
  AttemptMemory::Destination* recent_;
  std::array<core::Counter*, 4> attempts_{};           // by outcome
  std::array<core::Counter*, core::kReasons> dead_{};  // by reason, made when first needed
  core::Gauge* in_flight_;
  core::Gauge* breaker_;
  core::Gauge* limit_;
  core::Gauge* failing_since_;
  core::Gauge* probe_at_;
  core::Gauge* last_delivered_;
  core::Histogram* lag_;  // null beyond kLagHistogramsMax
  core::Counter* lag_within_;
  core::Counter* lag_total_;
  core::Counter* newest_dead_;
  core::Gauge* lag_objective_;
};

// Attempts under way to the destination of that name.
[[nodiscard]] core::Gauge& in_flight_gauge(core::Registry& registry, const std::string& name);

class Probe {
 public:
  // Lanes made after so many get no lag histogram, only the two counters.
  static constexpr std::size_t kLagHistogramsMax = 200;

  explicit Probe(core::Registry& registry);

  [[nodiscard]] const AttemptMemory& attempts() const { return attempts_; }

 private:
  friend class LaneProbe;

  core::Registry* registry_;
  AttemptMemory attempts_;
  std::atomic<std::size_t> lanes_{0};  // made so far
  core::Histogram* attempt_seconds_;
  core::Histogram* convergence_seconds_;
  std::array<core::Counter*, 2> repeats_;  // by cause
  core::Counter* put_off_;
  core::Counter* duplicates_elsewhere_;
  core::Counter* settle_stale_;
  core::Counter* settle_failed_;
  core::Counter* refill_failed_;
};

}  // namespace spillway::delivery
