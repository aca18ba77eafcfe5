#include "app/delivery_operator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "delivery/probe.hpp"
#include "http/url.hpp"

namespace spillway::app {

void DeliveryOperator::configure(const std::vector<delivery::LaneSetup>& lanes) {
  std::vector<Known> known;
  for (const delivery::LaneSetup& lane : lanes) {
    const delivery::DestinationOptions& options = lane.destination->options;
    const auto url = http::Url::parse(options.url);
    known.push_back({{.number = lane.record.number,
                      .name = options.name,
                      .url = url ? url->printable() : "?",
                      .max_in_flight = options.max_in_flight,
                      .lag_objective = options.lag.objective,
                      .lag_within = options.lag.within},
                     &delivery::in_flight_gauge(registry_, options.name),
                     lane.destination});
  }
  const std::lock_guard lock(mutex_);
  known_ = std::move(known);
}

std::vector<admin::DestinationStatus> DeliveryOperator::destinations() const {
  const std::lock_guard lock(mutex_);
  std::vector<admin::DestinationStatus> statuses;
  for (const Known& known : known_) {
    statuses.push_back(known.status);
    statuses.back().in_flight = static_cast<std::size_t>(std::max(0.0, known.in_flight->value()));
  }
  return statuses;
}

void DeliveryOperator::opened(std::vector<journal::OpenDelivery> deliveries) {
  dispatcher_.offer(admin_, std::move(deliveries));
}

void DeliveryOperator::paused(journal::DestinationNumber destination) {
  dispatcher_.pause(destination);
}

void DeliveryOperator::resumed(journal::DestinationNumber destination) {
  dispatcher_.resume(destination);
}

void DeliveryOperator::try_out(std::string_view destination, core::EventPtr event,
                               core::Duration limit, TrialDone done) {
  delivery::SendRequest request;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find_if(
        known_, [&](const Known& known) { return known.status.name == destination; });
    if (found != known_.end()) {
      request.destination = found->destination;
    }
  }
  if (request.destination == nullptr) {
    return done(core::fail(core::ErrorCode::not_found,
                           fmt::format("no destination \"{}\" is configured", destination),
                           core::Fault::sender));
  }
  request.event = std::move(event);
  request.test = true;
  trials_.executor.post(
      [this, request = std::move(request), limit, done = std::move(done)]() mutable {
        trials_.sender.try_out(
            std::move(request), limit,
            [done = std::move(done)](delivery::Trial trial) mutable { done(std::move(trial)); });
      });
}

}  // namespace spillway::app
