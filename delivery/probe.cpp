#include "delivery/probe.hpp"

#include <chrono>
#include <utility>

namespace spillway::delivery {

namespace {

constexpr std::array kOutcomes{core::Outcome::delivered, core::Outcome::rejected,
                               core::Outcome::deferred, core::Outcome::unknown};

core::Counter& repeats(core::Registry& registry, std::string where) {
  return registry.counter("spillway_duplicates_total", "Repeats, by where they come from",
                          {{"where", std::move(where)}});
}

double seconds(core::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

Probe::Probe(core::Registry& registry)
    : registry_(&registry),
      attempt_seconds_(&registry.histogram("spillway_attempt_seconds",
                                           "Time one delivery attempt took", {},
                                           core::latency_buckets())),
      convergence_seconds_(&registry.histogram(
          "spillway_convergence_seconds",
          "From the first success after an outage until all that had waited was attempted", {},
          core::latency_buckets())),
      repeats_{&repeats(registry, "unknown_outcome"), &repeats(registry, "unrecorded")},
      put_off_(&registry.counter("spillway_attempts_put_off_total",
                                 "Attempts put off for lack of outbound sockets")),
      duplicates_elsewhere_(&repeats(registry, "elsewhere")),
      settle_stale_(&registry.counter("spillway_settle_stale_total",
                                      "Outcomes dropped because the delivery had moved on")),
      settle_failed_(&registry.counter("spillway_settle_failed_total",
                                       "Outcomes the journal could not write at first")),
      refill_failed_(&registry.counter("spillway_refill_failed_total",
                                       "Reads of waiting deliveries that failed")) {}

core::Gauge& in_flight_gauge(core::Registry& registry, const std::string& name) {
  return registry.gauge("spillway_in_flight", "Delivery attempts under way",
                        {{"destination", name}});
}

LaneProbe::LaneProbe(Probe& probe, std::string name)
    : probe_(&probe), name_(std::move(name)), recent_(&probe.attempts_.of(name_)) {
  core::Registry& registry = *probe.registry_;
  for (const core::Outcome outcome : kOutcomes) {
    attempts_[static_cast<std::size_t>(outcome)] =
        &registry.counter("spillway_attempts_total", "Delivery attempts by what came of them",
                          {{"destination", name_}, {"outcome", std::string(to_string(outcome))}});
  }
  const core::Labels labels{{"destination", name_}};
  in_flight_ = &in_flight_gauge(registry, name_);
  breaker_ = &registry.gauge("spillway_breaker_state",
                             "0 closed, 1 half open: a probe is under way, 2 open", labels);
  limit_ = &registry.gauge("spillway_concurrency_limit",
                           "Attempts a destination may have under way now", labels);
  failing_since_ = &registry.gauge("spillway_failing_since_timestamp_seconds",
                                   "Since when a destination fails whose breaker is not closed; 0: "
                                   "it is",
                                   labels);
  probe_at_ =
      &registry.gauge("spillway_next_probe_timestamp_seconds",
                      "When the next probe may be made while the breaker is open, else 0", labels);
  last_delivered_ = &registry.gauge("spillway_last_delivered_timestamp_seconds",
                                    "When an attempt last delivered; 0: none did yet", labels);
  lag_ = probe.lanes_.fetch_add(1, std::memory_order_relaxed) >= Probe::kLagHistogramsMax
             ? nullptr
             : &registry.histogram("spillway_delivery_lag_seconds",
                                   "From acceptance, or replay, to delivery", labels,
                                   core::latency_buckets());
  lag_within_ = &registry.counter("spillway_lag_within_total",
                                  "Deliveries within the lag objective's time", labels);
  lag_total_ = &registry.counter("spillway_lag_total",
                                 "Deliveries measured against the lag objective", labels);
  newest_dead_ =
      &registry.counter("spillway_newest_dead_total",
                        "Deliveries given up on as the newest version of their key", labels);
  lag_objective_ =
      &registry.gauge("spillway_lag_objective_ratio",
                      "Share of deliveries meant to be within the objective's time", labels);
}

void LaneProbe::set_objective(const LagOptions& objective) {
  lag_objective_->set(objective.objective);
}

void LaneProbe::attempt_ended(const core::EventId& event, const core::Attempt& attempt) {
  in_flight_->add(-1);
  recent_->add(event, attempt);
  attempts_[static_cast<std::size_t>(attempt.outcome)]->add();
  probe_->attempt_seconds_->observe(seconds(attempt.took));
  if (attempt.outcome == core::Outcome::delivered) {
    last_delivered_->set(seconds((attempt.started + attempt.took).time_since_epoch()));
  }
}

void LaneProbe::attempt_put_off() {
  probe_->put_off_->add();
}

void LaneProbe::pace_is(const Pace& pace) {
  breaker_->set(static_cast<double>(pace.state()));
  limit_->set(static_cast<double>(pace.limit()));
  const bool closed = pace.state() == Breaker::State::closed;
  const bool open = pace.state() == Breaker::State::open;
  failing_since_->set(closed ? 0 : seconds(pace.failing_since().time_since_epoch()));
  probe_at_->set(open ? seconds(pace.probe_at().time_since_epoch()) : 0);
}

void LaneProbe::converged(core::Duration took) {
  probe_->convergence_seconds_->observe(seconds(took));
}

void LaneProbe::delivered(core::Duration lag, const LagOptions& objective) {
  if (lag_ != nullptr) {
    lag_->observe(seconds(lag));
  }
  lag_total_->add();
  if (lag <= objective.within) {
    lag_within_->add();
  }
}

void LaneProbe::died(core::Reason reason) {
  core::Counter*& counter = dead_[static_cast<std::size_t>(reason)];
  if (counter == nullptr) {
    counter = &probe_->registry_->counter(
        "spillway_dead_total", "Deliveries given up on",
        {{"destination", name_}, {"reason", std::string(to_string(reason))}});
  }
  counter->add();
}

void LaneProbe::may_repeat(RepeatCause cause) {
  probe_->repeats_[static_cast<std::size_t>(cause)]->add();
}

void LaneProbe::duplicate_elsewhere() {
  probe_->duplicates_elsewhere_->add();
}

void LaneProbe::settle_was_stale() {
  probe_->settle_stale_->add();
}

void LaneProbe::settle_failed() {
  probe_->settle_failed_->add();
}

void LaneProbe::refill_failed() {
  probe_->refill_failed_->add();
}

}  // namespace spillway::delivery
