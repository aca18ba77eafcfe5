#include "tests/simulation/attempt_watch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "delivery/retry_after.hpp"

namespace spillway::simulation {

void AttemptWatch::started(const DeliveryName& name, const delivery::SendRequest& request,
                           core::Time now) {
  const auto violate = [&](std::string_view what) {
    world_->violate(fmt::format("{}: attempt {} (generation {}) of event {} for destination {}",
                                what, request.attempt, request.generation, name.event.to_string(),
                                name.destination));
  };
  Last& last = last_[name];
  if (last.under_way) {
    violate("I5: two at once");
  }
  if (last.generation == request.generation) {
    if (last.final) {
      violate("I6: after a final answer");
    }
    if (request.attempt != last.attempt + 1) {
      violate("I6: an attempt was skipped or made twice");
    }
    if (now < last.not_before) {
      violate("I6: too early");
    }
  }
  if (request.generation < last.generation) {
    violate("I6: of an earlier generation");
  }
  if (++in_flight_[name.destination] > request.destination->options.max_in_flight) {
    violate("I9: more in flight than max_in_flight");
  }
  last = {request.generation, request.attempt, true, false, {}};
}

void AttemptWatch::ended(const DeliveryName& name, const delivery::SendRequest& request, bool final,
                         std::optional<core::Duration> asked, core::Time now) {
  --in_flight_[name.destination];
  const delivery::RetryOptions& retry = request.destination->options.retry;
  const core::Duration floor = request.attempt <= retry.schedule.size()
                                   ? retry.schedule[request.attempt - 1]
                                   : retry.then_every;
  const core::Duration wanted =
      std::min(asked.value_or(core::Duration::zero()), delivery::kRetryAfterMax);
  last_[name] = {request.generation, request.attempt, false, final, now + std::max(floor, wanted)};
}

}  // namespace spillway::simulation
