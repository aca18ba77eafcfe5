#include "tests/simulation/sim_sender.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

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

std::string text_of(const delivery::SendRequest& request) {
  return fmt::format("to {}: {}", request.destination->number, request.event->body);
}

}  // namespace

void SimSender::send(delivery::SendRequest request, Callback callback) {
  const DeliveryName name{request.event->id, request.destination->number};
  environment_->note("attempt", request.attempt, text_of(request));
  const core::Time now = environment_->scheduler.now();
  watches_.attempts.started(name, request, now);
  watches_.order.started(request);
  world_->attempted(name, request.generation);
  // Destinations are numbered from 1 in the order of their first registration.
  Exchange exchange = (*destinations_)[name.destination - 1].request(
      request, world_->sent().find(request.event->body)->second);
  if (exchange.arrives_after) {
    environment_->scheduler.run_after(
        *exchange.arrives_after,
        [world = world_, scheduler = &environment_->scheduler, name, event = request.event] {
          world->arrived(name, event->body, scheduler->now());
        });
  }
  const std::uint64_t number = next_number_++;
  const core::Time ends = clock_->now() + exchange.ends_after;
  Flight& flight = flights_[number];
  flight = {std::move(request), std::move(exchange), std::move(callback), now, 0};
  // One task later even without a delay: a sender never calls back from within send().
  flight.end = executor_->run_at(ends, [this, number] { end(number); });
}

void SimSender::end(std::uint64_t number) {
  Flight flight = std::move(flights_.extract(number).mapped());
  const delivery::SendRequest& request = flight.request;
  const DeliveryName name{request.event->id, request.destination->number};
  const DeliveryState state = state_after(request, flight.exchange.result);
  environment_->note("answer", flight.exchange.result.status, text_of(request));
  watches_.attempts.ended(name, request, state != DeliveryState::pending,
                          environment_->scheduler.now());
  watches_.pace.ended(request, flight.exchange.result, flight.exchange.asked, flight.began);
  watches_.order.ended(request, state == DeliveryState::delivered);
  if (state == DeliveryState::delivered) {
    world_->may_have_ended(name, request.generation);
  }
  if (flight.exchange.result.status == 410) {
    world_->gone(name.destination);
  }
  flight.callback(std::move(flight.exchange.result));
  // The engine has handed in its outcome meanwhile, as the latest command.
  world_->settled(name, {request.generation, request.attempt, state}, committer_->submitted());
  watches_.pace.told(request);
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
