#include "tests/simulation/sim_gateway.hpp"

#include <memory>

namespace spillway::simulation {

std::vector<journal::Target> SimGateway::targets(const std::vector<std::size_t>& wanted) const {
  std::vector<journal::Target> targets;
  for (const std::size_t index : wanted) {
    journal::Target target;
    target.destination =
        names_.destinations.at(environment_->options.destinations[index].name).number;
    targets.push_back(std::move(target));
  }
  return targets;
}

core::Result<journal::NewEvent> SimGateway::look_up(const SentEvent& sent) const {
  auto event = std::make_shared<core::Event>();
  event->id = core::EventId::make(clock_->now(), writer_->node_tag(), environment_->random);
  event->source = kSources[sent.source].name;
  event->received = clock_->now();
  event->headers = {{"Content-Type", "text/plain"}};
  event->body = sent.body;

  journal::NewEvent made;
  made.source = names_.sources.find(event->source)->second;
  made.body_hash = writer_->hasher().body(event->body);
  made.event = std::move(event);
  made.on_conflict = kSources[sent.source].on_conflict;
  made.targets = targets(sent.targets);
  if (!sent.key.empty()) {
    journal::EventKey key;
    key.key = {made.source, writer_->hasher().idempotency_key(made.source, sent.key)};
    key.window = environment_->options.dedup_window;
    key.as_of = writer_->committed();
    auto found = journal::find_key(*store_, key.key, key.window, clock_->now());
    if (!found) {
      return std::unexpected(std::move(found).error());
    }
    key.found = *std::move(found);
    made.key = std::move(key);
  }
  return made;
}

void SimGateway::handle(std::vector<SentEvent> events, Reply reply) {
  std::vector<journal::NewEvent> made;
  std::vector<core::EventPtr> fresh;
  for (const SentEvent& sent : events) {
    auto event = look_up(sent);
    if (!event) {
      world_->violate("a key look-up failed: " + event.error().message);
      return;
    }
    fresh.push_back(event->event);
    made.push_back(*std::move(event));
    if (!sent.key.empty()) {
      in_flight_.insert(sent.key);
    }
  }
  auto accept = std::make_unique<journal::Accept>(
      *executor_, std::move(made), journal::Command::Durability::synced,
      [this, events = std::move(events), fresh = std::move(fresh), reply = std::move(reply)](
          auto results) mutable { finish(events, fresh, std::move(results), std::move(reply)); });
  // Other commits may fall between the look-up and the hand-over, as they do on other threads.
  executor_->post(
      [this, command = std::move(accept)]() mutable { queue_->submit(std::move(command)); });
}

void SimGateway::count(const journal::AcceptedEvent& result, const SentEvent& sent) {
  Coverage& coverage = environment_->coverage;
  switch (result.verdict) {
    case journal::Verdict::accepted:
      if (result.key_conflict) {
        coverage.hit(Mark::key_with_other_body);
      }
      if (sent.targets.empty()) {
        coverage.hit(Mark::event_without_route);
      }
      break;
    case journal::Verdict::duplicate:
      coverage.hit(Mark::verdict_duplicate);
      if (in_flight_.count(sent.key) > 1) {
        coverage.hit(Mark::duplicate_joined_in_flight);
      }
      break;
    case journal::Verdict::reopened:
      coverage.hit(Mark::verdict_reopened);
      break;
    case journal::Verdict::conflict:
      coverage.hit(Mark::verdict_conflict);
      break;
  }
}

void SimGateway::offer(std::vector<journal::OpenDelivery> deliveries, const core::EventPtr& event) {
  std::vector<delivery::Opened> opened;
  for (journal::OpenDelivery& delivery : deliveries) {
    opened.push_back({std::move(delivery), event});
  }
  dispatcher_->offer(*executor_, std::move(opened));
}

void SimGateway::finish(const std::vector<SentEvent>& events,
                        const std::vector<core::EventPtr>& made,
                        core::Result<std::vector<journal::AcceptedEvent>> results, Reply reply) {
  for (std::size_t i = 0; results && i < events.size(); ++i) {
    journal::AcceptedEvent& result = (*results)[i];
    count(result, events[i]);
    environment_->note("acked", static_cast<std::uint64_t>(result.verdict), events[i].body);
    world_->acked({result.id, result.verdict, events[i].body});
    const bool fresh = result.verdict == journal::Verdict::accepted;
    offer(std::move(result.opened), fresh ? made[i] : nullptr);
  }
  for (const SentEvent& sent : events) {
    if (const auto known = in_flight_.find(sent.key); known != in_flight_.end()) {
      in_flight_.erase(known);
    }
  }
  reply(results.has_value());
}

}  // namespace spillway::simulation
