#include "tests/simulation/sim_upstream.hpp"

#include <fmt/format.h>

#include <utility>

namespace spillway::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr core::Duration kNetworkMost = milliseconds(20);
constexpr core::Duration kReplyTimeout = seconds(10);

}  // namespace

SentEvent SimUpstream::make_event(std::size_t request, std::size_t index) {
  core::Random& random = environment_->random;
  SentEvent event;
  event.request = request;
  event.source = random.below(kSources.size());
  event.body = fmt::format("event {}.{}", request, index);
  if (random.below(5) != 0) {
    event.key = fmt::format("key {}.{}", request, index);
  }
  if (random.below(8) != 0) {
    for (std::size_t i = 0; i < environment_->options.destinations.size(); ++i) {
      if (random.below(2) == 0) {
        event.targets.push_back(i);
      }
    }
  }
  return event;
}

void SimUpstream::start() {
  const Options& options = environment_->options;
  for (std::size_t i = 0; i < options.requests; ++i) {
    std::vector<SentEvent> events;
    const std::size_t count = 1 + environment_->random.below(options.events_per_request_max);
    for (std::size_t j = 0; j < count; ++j) {
      events.push_back(make_event(requests_.size(), j));
    }
    SentEvent other = events.front();
    plan(std::move(events));
    if (!other.key.empty() && environment_->strikes(environment_->faults.other_body)) {
      other.request = requests_.size();
      other.body += " with another body";
      plan({std::move(other)});
    }
  }
}

void SimUpstream::plan(std::vector<SentEvent> events) {
  for (const SentEvent& event : events) {
    world_->sent(event);
  }
  const std::size_t request = requests_.size();
  requests_.push_back({std::move(events)});
  ++unacked_;
  retry_after(request, environment_->delay_up_to(environment_->options.span));
}

void SimUpstream::retry_after(std::size_t request, core::Duration delay) {
  environment_->scheduler.cancel(requests_[request].retry);
  requests_[request].retry =
      environment_->scheduler.run_after(delay, [this, request] { send(request); });
}

void SimUpstream::send(std::size_t request) {
  retry_after(request, kReplyTimeout + environment_->delay_up_to(kReplyTimeout));
  transmit(request);
  if (environment_->strikes(environment_->faults.doubled_request)) {
    environment_->coverage.hit(Mark::request_doubled);
    transmit(request);
  }
}

void SimUpstream::transmit(std::size_t request) {
  if (environment_->strikes(environment_->faults.lost_request)) {
    environment_->coverage.hit(Mark::request_lost);
    return;
  }
  environment_->scheduler.run_after(environment_->delay_up_to(kNetworkMost), [this, request] {
    if (!node_->accepting()) {
      replied(request, false);
      return;
    }
    environment_->note("request", request);
    node_->life()->gateway.handle(requests_[request].events, [this, request](bool accepted) {
      if (environment_->strikes(environment_->faults.lost_reply)) {
        environment_->coverage.hit(Mark::reply_lost);
        return;
      }
      environment_->scheduler.run_after(environment_->delay_up_to(kNetworkMost),
                                        [this, request, accepted] { replied(request, accepted); });
    });
  });
}

void SimUpstream::replied(std::size_t request, bool accepted) {
  Request& sent = requests_[request];
  if (!accepted) {
    if (!sent.acked) {
      retry_after(request, seconds(1) + environment_->delay_up_to(seconds(5)));
    }
    return;
  }
  if (!sent.acked) {
    sent.acked = true;
    --unacked_;
  }
  environment_->scheduler.cancel(std::exchange(sent.retry, 0));
  if (environment_->strikes(environment_->faults.resent_although_acked)) {
    environment_->coverage.hit(Mark::acked_resent);
    retry_after(request, environment_->delay_up_to(environment_->options.span / 4));
  }
}

}  // namespace spillway::simulation
