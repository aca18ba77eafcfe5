#include "tests/simulation/sim_sender.hpp"

#include <algorithm>
#include <utility>

#include "delivery/schedule.hpp"

namespace spillway::simulation {
namespace {

using core::DeliveryState;

DeliveryState state_after(const delivery::SendRequest& request,
                          const delivery::SendResult& result) {
  if (result.status == 200) {
    return DeliveryState::delivered;
  }
  const bool rejected =
      result.status == 404 && request.destination->options.retry.on_4xx == delivery::On4xx::dead;
  return rejected ? DeliveryState::dead : DeliveryState::pending;
}

// What Retry-After holds the node to: all of it, or what is left until the last attempt. A pause
// only moves that end later. When a replay, or the delivery of an event that had no route, was
// opened, by a clock that may have been set back, is not known here: its own schedule alone binds
// it.
std::optional<core::Duration> binding_wait(std::optional<core::Duration> asked,
                                           const delivery::SendRequest& request,
                                           const SentEvent& sent, core::Time now) {
  if (!asked || request.generation > 1 || sent.targets.empty()) {
    return std::nullopt;
  }
  const delivery::DestinationOptions& options = request.destination->options;
  core::Duration window = options.retry.give_up_after;
  if (options.ttl) {
    window = std::min(window, *options.ttl - delivery::kLastTryBeforeTtl);
  }
  return std::min(*asked, request.event->received + window - now);
}

}  // namespace

void SimSender::send(delivery::SendRequest request, Callback callback) {
  const DeliveryName name{request.event->id, request.destination->number};
  environment_->note("attempt", request.attempt, request.event->body);
  watch_->started(name, request, environment_->scheduler.now());
  world_->attempted(name, request.generation);
  // Destinations are numbered from 1 in the order of their first registration.
  Exchange exchange = (*destinations_)[name.destination - 1].request(request.destination->options);
  if (exchange.arrives_after) {
    environment_->scheduler.run_after(
        *exchange.arrives_after,
        [world = world_, name, event = request.event] { world->arrived(name, event->body); });
  }
  const std::uint64_t number = next_number_++;
  const core::Time ends = clock_->now() + exchange.ends_after;
  Flight& flight = flights_[number];
  flight = {std::move(request), std::move(exchange), std::move(callback), 0};
  // One task later even without a delay: a sender never calls back from within send().
  flight.end = executor_->run_at(ends, [this, number] { end(number); });
}

void SimSender::end(std::uint64_t number) {
  Flight flight = std::move(flights_.extract(number).mapped());
  const delivery::SendRequest& request = flight.request;
  const DeliveryName name{request.event->id, request.destination->number};
  const DeliveryState state = state_after(request, flight.exchange.result);
  environment_->note("answer", flight.exchange.result.status, request.event->body);
  watch_->ended(name, request, state != DeliveryState::pending,
                binding_wait(flight.exchange.asked, request,
                             world_->sent().find(request.event->body)->second, clock_->now()),
                environment_->scheduler.now());
  if (state == DeliveryState::delivered) {
    world_->may_have_ended(name, request.generation);
  }
  if (flight.exchange.result.status == 410) {
    world_->gone(name.destination);
  }
  flight.callback(std::move(flight.exchange.result));
  // The engine has handed in its outcome meanwhile, as the latest command.
  world_->settled(name, {request.generation, request.attempt, state}, committer_->submitted());
}

void SimSender::cancel_all() {
  for (auto& [number, flight] : flights_) {
    environment_->coverage.hit(Mark::stopped_at_deadline);
    executor_->cancel(flight.end);
    flight.exchange.result = {};
    flight.exchange.result.failure = delivery::SendFailure{false, "cancelled"};
    flight.exchange.asked.reset();
    executor_->post([this, cut_off = number] { end(cut_off); });
  }
}

}  // namespace spillway::simulation
