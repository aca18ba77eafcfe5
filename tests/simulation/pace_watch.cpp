#include "tests/simulation/pace_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "delivery/breaker.hpp"
#include "delivery/retry_after.hpp"

namespace spillway::simulation {
namespace {

using delivery::Breaker;

// So many failures in a row outweigh any number of successes before them.
constexpr std::size_t kFailuresThatOutweigh = 12;
// Probes that may come at once when the breaker opens: of the delivery that failed, and of another.
constexpr double kProbesAtOnce = 3;
constexpr core::Duration kRampLasts = std::chrono::seconds(2);
constexpr double kTokenNoise = 1e-6;

double seconds(core::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

bool is_well(const delivery::SendResult& result) {
  return result.status == 200 || result.status == 404 || result.status == 410;
}

}  // namespace

bool PaceWatch::Destination::may_be_open() const {
  return first_failed || failures >= Breaker::kFewFailures;
}

void PaceWatch::violate(std::string_view what, const delivery::SendRequest& request) {
  world_->violate(fmt::format("{}: attempt {} of event {} for destination {}", what,
                              request.attempt, request.event->id.to_string(),
                              request.destination->number));
}

void PaceWatch::started(const delivery::SendRequest& request, std::optional<core::Time> failed_at) {
  Destination& destination = destinations_[request.destination->number];
  const core::Time now = environment_->scheduler.now();
  if (now < destination.held_until) {
    violate("I6: before Retry-After allows", request);
  }
  check_rate(destination, request);
  check_probe(destination, request);
  if (failed_at) {
    check_early(destination, request, *failed_at);
  }
  if (!destination.known && destination.under_way.empty() && request.attempt > 1) {
    environment_->coverage.hit(Mark::early_probe);
  }
  const bool ramping = destination.recovered_at && now - *destination.recovered_at < kRampLasts;
  if (ramping && now > destination.started_at && !destination.ended_since_start) {
    environment_->coverage.hit(Mark::ramp_waited);
  }
  destination.started_at = now;
  destination.ended_since_start = false;
  destination.under_way.insert(now);
  if (destination.under_way.size() > request.destination->options.max_in_flight) {
    violate("I9: more in flight than max_in_flight", request);
  }
}

void PaceWatch::check_rate(Destination& destination, const delivery::SendRequest& request) {
  const auto& rate = request.destination->options.rate;
  if (!rate) {
    return;
  }
  const core::Time now = environment_->scheduler.now();
  const double tokens =
      destination.tokens + seconds(now - destination.started_at) * rate->per_second;
  if (std::abs(tokens - 1) < kTokenNoise) {
    environment_->coverage.hit(Mark::rate_waited);
  }
  destination.tokens = std::min(tokens, rate->burst) - 1;
  if (destination.tokens < -kTokenNoise) {
    violate("I9: faster than its rate", request);
  }
}

void PaceWatch::check_probe(Destination& destination, const delivery::SendRequest& request) {
  if (!destination.open_since) {
    return;
  }
  // What was let go of at that instant may have been so before, and its event was read meanwhile.
  const core::Time open_since = *destination.open_since;
  if (destination.under_way.upper_bound(open_since) != destination.under_way.end()) {
    violate("I9: two probes at once", request);
  }
  const double open_for = seconds(environment_->scheduler.now() - open_since);
  const double probes_most = kProbesAtOnce + open_for / seconds(Breaker::kProbePauseMin);
  if (static_cast<double>(++destination.probes) > probes_most) {
    violate("I9: too many probes", request);
  }
}

void PaceWatch::check_early(Destination& destination, const delivery::SendRequest& request,
                            core::Time failed_at) {
  if (!destination.known && !destination.probed_early) {
    destination.probed_early = true;
  } else if (!destination.may_be_open() &&
             (!destination.recovered_at || failed_at > *destination.recovered_at)) {
    violate("I6: too early", request);
  }
}

void PaceWatch::ended(const delivery::SendRequest& request, const delivery::SendResult& result,
                      std::optional<core::Duration> asked, core::Time began) {
  Destination& destination = destinations_[request.destination->number];
  destination.under_way.erase(destination.under_way.find(began));
  destination.ended_since_start = true;
  if (is_well(result)) {
    went_well(destination);
  } else {
    failed(destination, began);
  }
  destination.known = true;
  if (asked) {
    destination.held_until =
        std::max(destination.held_until,
                 environment_->scheduler.now() + std::min(*asked, delivery::kRetryAfterMax));
  }
}

void PaceWatch::went_well(Destination& destination) {
  const core::Time now = environment_->scheduler.now();
  if (!destination.known || destination.may_be_open()) {
    destination.recovered_at = now;
  }
  destination.well_at = now;
  destination.failures = destination.fresh_failures = destination.probes = 0;
  destination.first_failed = false;
  destination.open_since.reset();
}

void PaceWatch::failed(Destination& destination, core::Time began) {
  const core::Time now = environment_->scheduler.now();
  ++destination.failures;
  destination.first_failed |= !destination.known;
  if (began < destination.well_at) {
    return;  // may count for nothing
  }
  if (destination.fresh_failures++ == 0) {
    destination.failing_since = now;
  }
  const bool few = destination.fresh_failures >= Breaker::kFewFailures &&
                   now - destination.failing_since >= Breaker::kFewWithin;
  if (!destination.open_since && (few || destination.fresh_failures >= kFailuresThatOutweigh)) {
    destination.open_since = now;
  }
}

void PaceWatch::told(const delivery::SendRequest& request) {
  Destination& destination = destinations_[request.destination->number];
  if (destination.breaker == nullptr) {
    destination.breaker = &registry_->gauge("spillway_breaker_state", "",
                                            {{"destination", request.destination->options.name}});
  }
  constexpr double kClosed = 0;
  const double before = destination.breaker_state;
  const double after = destination.breaker_state = destination.breaker->value();
  if (destination.open_since && after == kClosed) {
    violate("I9: the breaker is closed though nothing goes through", request);
  }
  Coverage& coverage = environment_->coverage;
  if (before == kClosed && after != kClosed) {
    coverage.hit(Mark::breaker_opened);
  } else if (before != kClosed && after == kClosed) {
    coverage.hit(Mark::destination_recovered);
  } else if (before != kClosed) {
    coverage.hit(Mark::probe_failed);
  }
}

void PaceWatch::reconfigured(journal::DestinationNumber destination) {
  Destination& before = destinations_[destination];
  Destination after;
  after.under_way = std::move(before.under_way);
  after.first_failed = true;  // its breaker may be open
  before = std::move(after);
}

bool PaceWatch::is_down(journal::DestinationNumber destination) const {
  const auto known = destinations_.find(destination);
  return known != destinations_.end() && known->second.open_since.has_value();
}

core::Time PaceWatch::held_until(journal::DestinationNumber destination) const {
  const auto known = destinations_.find(destination);
  return known == destinations_.end() ? core::Time{} : known->second.held_until;
}

}  // namespace spillway::simulation
