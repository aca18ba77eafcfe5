#include "tests/simulation/sim_upstream.hpp"

#include <fmt/format.h>

#include <tuple>
#include <utility>

namespace spillway::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr core::Duration kNetworkMost = milliseconds(20);
constexpr core::Duration kReplyTimeout = seconds(10);
constexpr int kUnavailable = 503;

// Accepted, or refused in a way that another try does not change.
bool is_final(int status) {
  return status < 300 || status == 422;
}

}  // namespace

SentEvent SimUpstream::make_event(std::size_t source, std::size_t index) {
  core::Random& random = environment_->random;
  SentEvent event;
  event.request = requests_.size();
  event.source = source;
  event.text = fmt::format("event {}.{}", event.request, index);
  // Every update of a batch has an id of its own.
  if (kSources[source].batches() || random.below(5) != 0) {
    event.key = fmt::format("key {}.{}", event.request, index);
  }
  event.poisoned = environment_->strikes(environment_->faults.poison);
  if (random.below(8) != 0) {
    for (std::size_t i = 0; i < environment_->options.destinations.size(); ++i) {
      if (random.below(2) == 0) {
        event.targets.push_back(i);
      }
    }
  }
  return event;
}

// Ordering key and version, or neither, or no version.
std::pair<std::uint32_t, std::uint32_t> SimUpstream::any_place(std::size_t source) {
  core::Random& random = environment_->random;
  const Options& options = environment_->options;
  const bool has_versions = !options.ack_memory || source != kMemorySource;
  return {static_cast<std::uint32_t>(random.below(options.ordering_keys + 1)),
          has_versions ? static_cast<std::uint32_t>(random.below(options.versions + 1)) : 0};
}

void SimUpstream::start() {
  const Options& options = environment_->options;
  for (std::size_t i = 0; i < options.requests; ++i) {
    const std::size_t source = environment_->random.below(kSources.size());
    const std::size_t count = kSources[source].batches()
                                  ? 1 + environment_->random.below(options.events_per_request_max)
                                  : 1;
    const auto place = any_place(source);
    std::vector<SentEvent> events;
    for (std::size_t j = 0; j < count; ++j) {
      SentEvent& event = events.emplace_back(make_event(source, j));
      std::tie(event.ordering_key, event.version) = place;
    }
    SentEvent other = events.front();
    plan(std::move(events));
    if (!other.key.empty() && environment_->strikes(environment_->faults.other_body)) {
      other.request = requests_.size();
      other.text += " with another body";
      plan({std::move(other)});
    }
  }
}

void SimUpstream::plan(std::vector<SentEvent> events) {
  const std::size_t number = requests_.size();
  requests_.push_back({make_request(std::move(events))});
  for (const SentEvent& event : requests_.back().request.events) {
    world_->sent(event);
  }
  ++unanswered_;
  retry_after(number, environment_->delay_up_to(environment_->options.span));
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
  if (kSources[requests_[request].request.source].signs() &&
      environment_->strikes(environment_->faults.forged_request)) {
    forge(request);
  }
}

void SimUpstream::transmit(std::size_t request) {
  if (environment_->strikes(environment_->faults.lost_request)) {
    environment_->coverage.hit(Mark::request_lost);
    return;
  }
  environment_->scheduler.run_after(environment_->delay_up_to(kNetworkMost), [this, request] {
    if (!node_->accepting()) {
      replied(request, kUnavailable);
      return;
    }
    environment_->note("request", request);
    node_->life()->gateway.handle(requests_[request].request, [this, request](int status) {
      if (environment_->strikes(environment_->faults.lost_reply)) {
        environment_->coverage.hit(Mark::reply_lost);
        return;
      }
      environment_->scheduler.run_after(environment_->delay_up_to(kNetworkMost),
                                        [this, request, status] { replied(request, status); });
    });
  });
}

// The same request with its body changed, by somebody who does not know the secret.
void SimUpstream::forge(std::size_t request) {
  if (!node_->accepting()) {
    return;
  }
  SentRequest forged = requests_[request].request;
  forged.forged = true;
  forged.body += ' ';
  node_->life()->gateway.handle(std::move(forged), [](int) {});
}

void SimUpstream::replied(std::size_t request, int status) {
  Planned& sent = requests_[request];
  if (!is_final(status)) {
    if (!sent.answered) {
      retry_after(request, seconds(1) + environment_->delay_up_to(seconds(5)));
    }
    return;
  }
  if (!sent.answered) {
    sent.answered = true;
    --unanswered_;
  }
  environment_->scheduler.cancel(std::exchange(sent.retry, 0));
  if (environment_->strikes(environment_->faults.resent_although_acked)) {
    environment_->coverage.hit(Mark::acked_resent);
    retry_after(request, environment_->delay_up_to(environment_->options.span / 4));
  }
}

}  // namespace spillway::simulation
