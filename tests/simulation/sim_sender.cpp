#include "tests/simulation/sim_sender.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "delivery/request_headers.hpp"

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

core::Outcome outcome_of(const delivery::SendResult& result, DeliveryState state) {
  switch (state) {
    case DeliveryState::delivered:
      return core::Outcome::delivered;
    case DeliveryState::dead:
      return core::Outcome::rejected;
    default:
      return result.failure && !result.failure->nothing_sent ? core::Outcome::unknown
                                                             : core::Outcome::deferred;
  }
}

std::string text_of(const delivery::SendRequest& request) {
  return fmt::format("to {}: {}", request.destination->number, request.event->body);
}

}  // namespace

void SimSender::send(delivery::SendRequest request, Callback callback) {
  if (environment_->strikes(environment_->faults.no_room)) {
    put_off(std::move(request), std::move(callback));
    return;
  }
  const DeliveryName name{request.event->id, request.destination->number};
  environment_->note("attempt", request.attempt, text_of(request));
  const core::Time now = environment_->scheduler.now();
  watches_.attempts.started(name, request, now);
  watches_.order.started(request);
  watches_.metrics.started(name, request);
  world_->attempted(name, request.generation, now);
  // Destinations are numbered from 1 in the order of their first registration.
  Exchange exchange = (*destinations_)[name.destination - 1].request(
      request, world_->sent().find(request.event->body)->second);
  if (exchange.arrives_after) {
    dispatch(request, *exchange.arrives_after);
  }
  const std::uint64_t number = next_number_++;
  const core::Time ends = clock_->now() + exchange.ends_after;
  Flight& flight = flights_[number];
  flight = {std::move(request), std::move(exchange), std::move(callback), now, 0};
  // One task later even without a delay: a sender never calls back from within send().
  flight.end = executor_->run_at(ends, [this, number] { end(number); });
}

void SimSender::dispatch(const delivery::SendRequest& request, core::Duration arrives_after) {
  Letter letter{request.event,
                delivery::request_headers(request, clock_->now(), environment_->random),
                request.attempt, request.destination};
  const core::Duration clock_ahead = clock_->now() - environment_->scheduler.now();
  environment_->scheduler.run_after(
      arrives_after, [world = world_, scheduler = &environment_->scheduler, clock_ahead,
                      number = request.destination->number, sent = std::move(letter)] {
        world->arrived({sent.event->id, number}, sent, scheduler->now(), clock_ahead);
      });
}

// No attempt, so nobody looks on.
void SimSender::put_off(delivery::SendRequest request, Callback callback) {
  environment_->note("put off", request.attempt, text_of(request));
  environment_->coverage.hit(Mark::attempt_put_off);
  executor_->post([this, tell = std::move(callback)]() mutable {
    delivery::SendResult result;
    result.failure = delivery::SendFailure{true, "no socket is left", true};
    tell(std::move(result));
    watches_.metrics.put_off();
  });
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
  if (world_->is_erased(name.event)) {
    environment_->coverage.hit(Mark::erased_in_flight);
  }
  if (flight.exchange.result.status == 410) {
    world_->gone(name.destination);
  }
  const core::Outcome outcome = outcome_of(flight.exchange.result, state);
  watches_.metrics.ended(name, request, outcome);
  flight.callback(std::move(flight.exchange.result));
  // The engine has handed in its outcome meanwhile, as the latest command.
  world_->settled(name, {request.generation, request.attempt, state}, committer_->submitted());
  watches_.pace.told(request);
  watches_.metrics.told(request, outcome);
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
