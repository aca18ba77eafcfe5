#include "tests/simulation/sim_gateway.hpp"

#include <fmt/format.h>

#include "gateway/source.hpp"

namespace spillway::simulation {
namespace {

constexpr int kBadRequest = 400;
constexpr int kUnauthorized = 401;
constexpr int kUnprocessable = 422;
constexpr int kUnavailable = 503;

std::string path_of(std::size_t source) {
  return fmt::format("/in/{}", kSources[source].name);
}

}  // namespace

SimGateway::SimGateway(GatewayParts parts)
    : parts_(parts),
      queue_(parts.executor, parts.committer),
      memory_(parts.environment.options.request_bytes_max),
      probe_(parts.registry),
      ingest_(parts.store, parts.writer, queue_, parts.clock, parts.environment.random,
              [this](core::Executor& here, std::vector<delivery::Opened> opened) {
                parts_.dispatcher.offer(here, std::move(opened));
              }),
      first_(parts.writer.next_sequence()) {}

void SimGateway::open(const journal::Names& names) {
  const Options& options = parts_.environment.options;
  auto plan = std::make_shared<gateway::Plan>();
  for (const auto& [name, destination] : names.destinations) {
    plan->destinations.emplace(name, destination.number);
  }
  auto configured = routes(options);
  std::erase_if(configured, [&plan](const routing::RouteOptions& route) {
    return !plan->destinations.contains(route.to.front());
  });
  plan->routes = *routing::RouteTable::compile(configured);
  for (const delivery::DestinationOptions& destination : options.destinations) {
    if (destination.ordering.order != core::Order::none &&
        plan->destinations.contains(destination.name)) {
      plan->orderings.emplace(plan->destinations.at(destination.name),
                              *gateway::Ordering::compile(destination.ordering));
    }
  }
  for (std::size_t source = 0; source < kSources.size(); ++source) {
    const std::string name(kSources[source].name);
    gateway::Door& door = plan->by_path[path_of(source)];
    door.source = *gateway::make_source(source_options(source, options));
    door.number = names.sources.find(name)->second;
    door.probe = &probe_.source(name);
    if (acks_from_memory(source)) {
      door.durability = journal::Command::Durability::written;
    }
  }
  plan_ = std::move(plan);
}

std::vector<journal::Target> SimGateway::other_route() const {
  return {{plan_->destinations.begin()->second, {}, {}}};
}

void SimGateway::handle(SentRequest request, Reply reply) {
  gateway::Delivered delivered{"POST", "", request.headers, request.body,
                               memory_.reserve(request.body.size())};
  if (!delivered.memory) {
    parts_.environment.coverage.hit(Mark::request_memory_used_up);
    reply(kUnavailable);
    return;
  }
  for (const SentEvent& event : request.events) {
    in_flight_.insert(event.key);
  }
  const gateway::Door& door = *plan_->find(path_of(request.source));
  ingest_.accept(plan_, door, std::move(delivered), parts_.executor,
                 [this, asked = std::move(request),
                  tell = std::move(reply)](const gateway::Answer& answer) mutable {
                   answered(asked, answer);
                   tell(answer.status);
                 });
}

void SimGateway::answered(const SentRequest& request, const gateway::Answer& answer) {
  const gateway::SourceProbe& probe = *plan_->find(path_of(request.source))->probe;
  parts_.environment.note("answered", static_cast<std::uint64_t>(answer.status),
                          request.events.front().text);
  if (request.forged != (answer.status == kUnauthorized)) {
    parts_.world.violate(fmt::format("I4: a {} request was answered with {}",
                                     request.forged ? "forged" : "genuine", answer.status));
  }
  if (answer.status < kBadRequest) {
    accepted(request, answer);
  } else if (!answer.ids.empty()) {
    parts_.world.violate("I4: a refusal names events");
  } else if (answer.status == kUnprocessable) {
    parts_.world.refused(request.events.front().body);
  }
  cover(request, probe);
  for (const SentEvent& event : request.events) {
    if (answer.duplicate && !event.key.empty() && in_flight_.count(event.key) > 1) {
      parts_.environment.coverage.hit(Mark::duplicate_joined_in_flight);
    }
    in_flight_.erase(in_flight_.find(event.key));
  }
  check_metrics();
}

void SimGateway::check_metrics() {
  std::uint64_t accepted = 0;
  for (const Source& source : kSources) {
    accepted += probe_.source(std::string(source.name)).events.value();
  }
  // One for all sources.
  const std::uint64_t duplicates =
      probe_.source(std::string(kSources.front().name)).duplicates.value();
  if (accepted + duplicates != acked_) {
    parts_.world.violate(fmt::format("I10: {} events and {} duplicates are told, {} were acked",
                                     accepted, duplicates, acked_));
  }
  const std::uint64_t stored = parts_.writer.next_sequence() - first_;
  if (in_flight_.empty() && accepted != stored) {
    parts_.world.violate(
        fmt::format("I10: {} events are told, {} are in the journal", accepted, stored));
  }
}

void SimGateway::accepted(const SentRequest& request, const gateway::Answer& answer) {
  if (answer.count != request.events.size() || answer.ids.size() != request.events.size()) {
    parts_.world.violate(fmt::format("I4: {} events were sent, {} acked and {} named",
                                     request.events.size(), answer.count, answer.ids.size()));
    return;
  }
  acked_ += answer.ids.size();
  const bool from_memory = acks_from_memory(request.source);
  if (from_memory != (answer.durability == journal::Command::Durability::written)) {
    parts_.world.violate("I4: an ack names another durability than its source has");
  }
  for (std::size_t i = 0; i < answer.ids.size(); ++i) {
    Ack ack{answer.ids[i], request.events[i].body, parts_.environment.scheduler.now()};
    if (from_memory) {
      parts_.world.acked_from_memory(std::move(ack), parts_.committer.submitted());
    } else {
      parts_.world.acked(std::move(ack));
    }
  }
}

void SimGateway::cover(const SentRequest& request, const gateway::SourceProbe& probe) {
  Coverage& coverage = parts_.environment.coverage;
  const auto reached = [&](Mark mark, const core::Counter& counter) {
    if (counter.value() != 0) {
      coverage.hit(mark);
    }
  };
  reached(Mark::request_refused_by_signature, probe.refused_signature);
  reached(Mark::request_refused_by_journal, probe.refused_journal);
  reached(Mark::verdict_duplicate, probe.duplicates);
  reached(Mark::verdict_reopened, probe.reopened);
  reached(Mark::event_without_route, probe.no_route);
  const bool refuses = kSources[request.source].on_conflict == journal::KeyConflict::refuse;
  reached(refuses ? Mark::verdict_conflict : Mark::key_with_other_body, probe.key_conflicts);
}

}  // namespace spillway::simulation
