#include "tests/simulation/sim_destination.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace spillway::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr core::Duration kNetworkMost = milliseconds(50);
// Longer outages are only more of the same probes.
constexpr core::Duration kMoodMost = std::chrono::minutes(5);
constexpr std::uint32_t kPoisonedAttempts = 20;
constexpr std::uint64_t kAskedSecondsMost = 7'200;  // beyond what a destination may ask for

}  // namespace

SimDestination::SimDestination(Environment& environment, std::size_t index)
    : environment_(&environment) {
  if (environment.options.isolation) {
    constexpr std::array kDown = {Mood::refuses, Mood::hangs_on_connect, Mood::hangs};
    mood_ = index == 0 ? Mood::healthy : kDown[environment.random.below(kDown.size())];
    until_ = core::Time::max();
  }
}

void SimDestination::change_mood() {
  const core::Time now = environment_->scheduler.now();
  if (now < until_) {
    return;
  }
  mood_ = Mood::healthy;
  if (environment_->strikes(environment_->faults.trouble)) {
    mood_ = static_cast<Mood>(environment_->random.below(static_cast<std::uint64_t>(Mood::count_)));
  }
  until_ = now + environment_->delay_up_to(std::min(environment_->options.span / 4, kMoodMost));
}

Exchange SimDestination::no_response(core::Duration after, bool nothing_sent) {
  Exchange exchange;
  exchange.ends_after = after;
  exchange.result.took = after;
  exchange.result.failure = delivery::SendFailure{nothing_sent, "simulated"};
  if (!nothing_sent) {
    exchange.arrives_after = after / 2;
  }
  return exchange;
}

Exchange SimDestination::response(std::uint16_t status, core::Duration after) {
  Exchange exchange;
  exchange.arrives_after = after / 2;
  exchange.ends_after = after;
  exchange.result.took = after;
  exchange.result.status = status;
  exchange.result.excerpt = "simulated";
  return exchange;
}

void SimDestination::ask_to_wait(Exchange& exchange) {
  if (environment_->random.below(4) == 0) {
    environment_->coverage.hit(Mark::retry_after_malformed);
    exchange.result.retry_after = "soon";
    return;
  }
  environment_->coverage.hit(Mark::retry_after);
  const std::uint64_t wait = environment_->random.below(kAskedSecondsMost);
  exchange.result.retry_after = fmt::format("{}", wait);
  exchange.asked = seconds(wait);
}

Exchange SimDestination::request(const delivery::SendRequest& request, const SentEvent& event) {
  const delivery::DestinationOptions& options = request.destination->options;
  // When the faults are over, so is the trouble.
  if (environment_->faults.trouble == 0) {
    mood_ = Mood::healthy;
  } else {
    change_mood();
  }
  const core::Duration soon = environment_->delay_up_to(kNetworkMost);
  Coverage& coverage = environment_->coverage;
  const bool poisoned = event.poisoned && request.attempt <= kPoisonedAttempts;
  if (poisoned && environment_->faults.poison != 0) {
    coverage.hit(Mark::event_poisoned);
    return response(500, soon);
  }
  switch (mood_) {
    case Mood::refuses:
      coverage.hit(Mark::destination_refused);
      return no_response(soon, true);
    case Mood::hangs_on_connect:
      coverage.hit(Mark::destination_hung);
      return no_response(options.connect_timeout, true);
    case Mood::hangs:
      coverage.hit(Mark::destination_hung);
      return no_response(options.total_timeout, false);
    case Mood::resets_before_arrival: {
      coverage.hit(Mark::destination_reset_before_arrival);
      Exchange exchange = no_response(soon, false);
      exchange.arrives_after.reset();
      return exchange;
    }
    case Mood::resets_after_arrival:
      coverage.hit(Mark::destination_reset_after_arrival);
      return no_response(soon, false);
    case Mood::answers_garbage:
      coverage.hit(Mark::destination_answered_garbage);
      return no_response(soon, false);
    case Mood::slow:
      coverage.hit(Mark::destination_slow);
      return response(200, environment_->delay_up_to(options.total_timeout));
    case Mood::too_many_requests:
    case Mood::unavailable: {
      Exchange exchange = response(mood_ == Mood::unavailable ? 503 : 429, soon);
      ask_to_wait(exchange);
      return exchange;
    }
    case Mood::fails:
      coverage.hit(Mark::destination_failed);
      return response(500, soon);
    case Mood::redirects:
      coverage.hit(Mark::destination_redirected);
      return response(302, soon);
    case Mood::rejects:
      coverage.hit(Mark::destination_rejected);
      return response(404, soon);
    case Mood::gone:
      coverage.hit(Mark::destination_gone);
      return response(410, soon);
    case Mood::healthy:
    case Mood::count_:
      break;
  }
  return response(200, soon);
}

}  // namespace spillway::simulation
