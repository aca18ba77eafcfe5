#include "tests/simulation/attempt_watch.hpp"

#include <fmt/format.h>

#include <optional>

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
  std::optional<core::Time> early;
  if (last.generation == request.generation) {
    if (last.final) {
      violate("I6: after a final answer");
    }
    if (request.attempt != last.attempt + 1) {
      violate("I6: an attempt was skipped or made twice");
    }
    if (now < last.not_before) {
      early = last.ended;
    }
  }
  if (request.generation < last.generation) {
    violate("I6: of an earlier generation");
  }
  pace_->started(request, early);
  last = {request.generation, request.attempt, true, false, {}, {}};
}

void AttemptWatch::ended(const DeliveryName& name, const delivery::SendRequest& request, bool final,
                         core::Time now) {
  const delivery::RetryOptions& retry = request.destination->options.retry;
  const core::Duration floor = request.attempt <= retry.schedule.size()
                                   ? retry.schedule[request.attempt - 1]
                                   : retry.then_every;
  last_[name] = {request.generation, request.attempt, false, final, now, now + floor};
}

}  // namespace spillway::simulation
