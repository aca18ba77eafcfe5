#include "tests/simulation/oracle.hpp"

#include "journal/audit.hpp"
#include "journal/settle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace spillway::simulation {
namespace {

using core::DeliveryState;
using journal::DeliveryRef;
using journal::kNoDestination;
using Finding = Oracle::Finding;

// Far below what a destination that is down takes to time out.
constexpr core::Duration kIsolatedLatencyMost = std::chrono::seconds(2);

}  // namespace

Finding Oracle::check_books(const StoredJournal& journal, const journal::Writer& writer) const {
  if (auto imbalance = journal.imbalance()) {
    return "I10: " + *imbalance;
  }
  if (journal.totals() != writer.totals()) {
    return "I10: the writer's totals differ from the stored counters";
  }
  return std::nullopt;
}

bool Oracle::newer_is_known(const core::EventId& id, const SentEvent& sent,
                            std::size_t target) const {
  if (sent.version == 0 || options_->destinations[target].ordering.order != core::Order::latest) {
    return false;
  }
  // They are numbered from 1 in the order of their first registration.
  const auto destination = static_cast<journal::DestinationNumber>(target + 1);
  return std::ranges::any_of(watch_->events(), [&](const auto& known) {
    const auto& [other_id, event] = known;
    const SentEvent& other = world_->sent().find(event.body)->second;
    const auto delivery = event.deliveries.find(destination);
    return other_id != id && other.ordering_key == sent.ordering_key &&
           other.version >= sent.version && delivery != event.deliveries.end() &&
           delivery->second.state != DeliveryState::superseded;
  });
}

bool Oracle::may_go_at_once(const core::EventId& id, const SentEvent& sent) const {
  const auto is_superseded = [&](std::size_t target) { return newer_is_known(id, sent, target); };
  const auto may_lack = [&](std::size_t target) {
    return world_->may_ever_lack(static_cast<journal::DestinationNumber>(target + 1));
  };
  return std::ranges::any_of(sent.targets, is_superseded) &&
         std::ranges::all_of(sent.targets, [&](std::size_t target) {
           return may_lack(target) || is_superseded(target);
         });
}

Finding Oracle::check_acks() const {
  for (const Ack& ack : world_->acks()) {
    const auto event = watch_->events().find(ack.id);
    if (event == watch_->events().end()) {
      if (may_go_at_once(ack.id, world_->sent().at(ack.body))) {
        continue;
      }
      return fmt::format("I1: event {} was acked and is not in the journal", ack.id.to_string());
    }
    const SentEvent& sent = world_->sent().at(ack.body);
    const bool other_allowed = kSources[sent.source].on_conflict == journal::KeyConflict::duplicate;
    if (event->second.body != ack.body && !other_allowed) {
      return fmt::format("I1: the ack for '{}' names event {}, whose body is '{}'", sent.text,
                         ack.id.to_string(), event->second.body);
    }
  }
  return std::nullopt;
}

Finding Oracle::check_requests() const {
  std::set<std::string_view> stored;
  for (const auto& [id, event] : watch_->events()) {
    stored.insert(event.body);
  }
  // Under another policy an event of the request may be a duplicate of somebody else's.
  std::map<std::size_t, std::pair<std::size_t, std::size_t>> stored_of_sent;
  for (const auto& [body, sent] : world_->sent()) {
    const bool is_stored = stored.contains(body);
    if (kSources[sent.source].on_conflict == journal::KeyConflict::accept &&
        (is_stored || !may_go_at_once({}, sent))) {
      auto& [there, all] = stored_of_sent[sent.request];
      there += is_stored ? 1 : 0;
      ++all;
    }
  }
  for (const auto& [request, counts] : stored_of_sent) {
    if (counts.first != 0 && counts.first != counts.second) {
      return fmt::format("I1: of request {} only {} of {} events are stored", request, counts.first,
                         counts.second);
    }
  }
  return std::nullopt;
}

Finding Oracle::check_events() const {
  for (const auto& [id, event] : watch_->events()) {
    const auto sent = world_->sent().find(event.body);
    if (sent == world_->sent().end()) {
      return fmt::format("I3: event {} has a body that nobody sent", id.to_string());
    }
    std::vector<journal::DestinationNumber> targets;
    for (const std::size_t target : sent->second.targets) {
      targets.push_back(world_->names().at(options_->destinations[target].name));
    }
    if (targets.empty()) {
      targets.push_back(kNoDestination);
    }
    for (const journal::DestinationNumber target : targets) {
      const bool may_have_gone =
          target != kNoDestination && (world_->may_lack(target, event.sequence) ||
                                       newer_is_known(id, sent->second, target - 1));
      if (!event.deliveries.contains(target) && !may_have_gone) {
        return fmt::format("I1: '{}' has no delivery to destination {}", sent->second.text, target);
      }
    }
  }
  for (const auto& [name, arrival] : world_->arrivals()) {
    const auto event = watch_->events().find(name.event);
    if (event == watch_->events().end()) {
      if (world_->may_be_lost(name.event) ||
          may_go_at_once(name.event, world_->sent().find(arrival.body)->second)) {
        continue;
      }
      return fmt::format("I3: event {} reached destination {} and is not in the journal",
                         name.event.to_string(), name.destination);
    }
    if (event->second.body != arrival.body) {
      return fmt::format("I3: event {} reached destination {} with another body",
                         name.event.to_string(), name.destination);
    }
  }
  return std::nullopt;
}

Finding Oracle::check_keys() const {
  // Bodies are unique per event meant, so two events with one body and a key are one event accepted
  // twice.
  std::map<std::string_view, std::vector<const RetentionWatch::Event*>> accepted;
  for (const auto& [id, event] : watch_->events()) {
    if (!world_->sent().find(event.body)->second.key.empty()) {
      accepted[event.body].push_back(&event);
    }
  }
  for (auto& [body, events] : accepted) {
    std::ranges::sort(events, {}, &RetentionWatch::Event::accepted);
    for (std::size_t i = 1; i < events.size(); ++i) {
      const RetentionWatch::Event& first = *events[i - 1];
      const core::Duration apart = events[i]->accepted - first.accepted;
      if (apart < options_->dedup_window &&
          !watch_->key_may_be_forgotten(first, options_->dedup_window)) {
        return fmt::format("I5: '{}' was accepted again {} s later", body,
                           apart.count() / 1'000'000);
      }
    }
  }
  return std::nullopt;
}

Finding Oracle::check_fates(const StoredJournal& journal) const {
  for (const auto& [name, fate] : world_->fates()) {
    if (watch_->has_gone(name)) {
      continue;
    }
    const auto sequence = journal.ids.find(name.event);
    const DeliveryRef ref{sequence == journal.ids.end() ? 0 : sequence->second, name.destination};
    const auto stored = journal.deliveries.find(ref);
    if (stored == journal.deliveries.end()) {
      const auto ack = std::ranges::find(world_->acks(), name.event, &Ack::id);
      if (ack != world_->acks().end() &&
          newer_is_known(name.event, world_->sent().at(ack->body), name.destination - 1)) {
        continue;
      }
      return fmt::format("I10: the delivery of event {} to {} is gone", name.event.to_string(),
                         name.destination);
    }
    const journal::DeliveryRecord& record = stored->second;
    // What an attempt under way comes to is nothing any more once a newer version is there, or the
    // event was erased.
    if (record.generation > fate.generation || record.state == DeliveryState::superseded ||
        record.reason == core::Reason::erased) {
      continue;
    }
    const bool same_state = fate.state == DeliveryState::pending || record.state == fate.state ||
                            record.state == DeliveryState::purged;
    if (record.generation < fate.generation || record.attempts < fate.attempts || !same_state) {
      return fmt::format(
          "delivery {}/{} went back: generation {} attempts {} {} was durable, the journal has {} "
          "{} {}",
          ref.sequence, ref.destination, fate.generation, fate.attempts, to_string(fate.state),
          record.generation, record.attempts, to_string(record.state));
    }
  }
  return std::nullopt;
}

Finding Oracle::check_attempts(const StoredJournal& journal) const {
  for (const auto& [ref, record] : journal.deliveries) {
    const auto attempts = journal.attempts.find(ref);
    std::uint32_t stored = 0;
    if (attempts != journal.attempts.end()) {
      const auto generation = attempts->second.find(record.generation);
      stored = generation == attempts->second.end() ? 0 : generation->second;
    }
    if (stored != std::min(record.attempts, journal::kAttemptsKept)) {
      return fmt::format("I2: delivery {}/{} counts {} attempts and holds {}", ref.sequence,
                         ref.destination, record.attempts, stored);
    }
  }
  return std::nullopt;
}

Finding Oracle::check_retired(const StoredJournal& journal) const {
  for (const auto& [destination, counts] : journal.totals()) {
    const std::uint64_t retired = watch_->purged(destination);
    if (counts.in(DeliveryState::purged) < retired) {
      return fmt::format("I10: retention took {} dead letters of destination {}, {} are purged",
                         retired, destination, counts.in(DeliveryState::purged));
    }
  }
  return std::nullopt;
}

Finding Oracle::check_destinations(const StoredJournal& journal) const {
  for (const auto& [name, number] : world_->names()) {
    const auto stored = journal.destinations.find(name);
    if (stored == journal.destinations.end() || stored->second.number != number) {
      return fmt::format("destination {} lost its number {}", name, number);
    }
    const auto paused = world_->paused().find(number);
    if (paused != world_->paused().end() && paused->second != stored->second.paused()) {
      return fmt::format("destination {} was answered as {}, which is not what is stored", name,
                         paused->second ? "paused" : "resumed");
    }
  }
  return std::nullopt;
}

Finding Oracle::check_promises(const journal::Store& store) const {
  const auto journal = StoredJournal::read(store);
  if (!journal) {
    return journal.error().message;
  }
  for (const auto check :
       {&Oracle::check_acks, &Oracle::check_requests, &Oracle::check_events, &Oracle::check_keys}) {
    if (auto found = (this->*check)()) {
      return found;
    }
  }
  for (const auto check : {&Oracle::check_fates, &Oracle::check_attempts, &Oracle::check_retired,
                           &Oracle::check_destinations}) {
    if (auto found = (this->*check)(*journal)) {
      return found;
    }
  }
  return std::nullopt;
}

Finding Oracle::check_versions(const StoredJournal& journal) const {
  for (const auto& [ref, record] : journal.deliveries) {
    if (record.reason != core::Reason::newer_version) {
      continue;
    }
    const core::EventId& id = journal.events.at(ref.sequence).id;
    const SentEvent& sent = world_->sent().find(watch_->events().at(id).body)->second;
    if (!newer_is_known(id, sent, ref.destination - 1)) {
      return fmt::format("I7: delivery {}/{} is superseded, and no newer version was sent",
                         ref.sequence, ref.destination);
    }
  }
  return std::nullopt;
}

Finding Oracle::check_isolation() const {
  if (!options_->isolation) {
    return std::nullopt;
  }
  const journal::DestinationNumber well = world_->names().at(options_->destinations.front().name);
  for (const Ack& ack : world_->acks()) {
    const auto arrival = world_->arrivals().find({ack.id, well});
    if (arrival != world_->arrivals().end() && arrival->second.at > ack.at + kIsolatedLatencyMost) {
      return fmt::format("I8: event {} reached its destination, which is well, {} ms after its ack",
                         ack.id.to_string(), (arrival->second.at - ack.at).count() / 1'000);
    }
  }
  return std::nullopt;
}

Finding Oracle::check_converged(const journal::Store& store) const {
  const auto journal = StoredJournal::read(store);
  if (!journal) {
    return journal.error().message;
  }
  const auto report = journal::audit(store);
  if (!report || !report->balanced()) {
    return "I10: the journal's own audit finds a problem: " +
           (report ? report->problems.front() : report.error().message);
  }
  for (const auto& [ref, record] : journal->deliveries) {
    if (record.state == DeliveryState::pending) {
      return fmt::format("I2: delivery {}/{} is still pending", ref.sequence, ref.destination);
    }
    if (record.state == DeliveryState::delivered &&
        !world_->arrivals().contains({journal->events.at(ref.sequence).id, ref.destination})) {
      return fmt::format("I2: delivery {}/{} is delivered, but nothing arrived", ref.sequence,
                         ref.destination);
    }
    if (record.reason == core::Reason::rejected && record.attempts == 0) {
      return fmt::format("I2: delivery {}/{} is dead without an attempt", ref.sequence,
                         ref.destination);
    }
  }
  for (const auto& [body, sent] : world_->sent()) {
    if (!world_->answered(body)) {
      return fmt::format("I12: '{}' was never answered", sent.text);
    }
  }
  for (const retry::JobRecord& job : journal->jobs) {
    if (job.state == retry::JobState::running) {
      return fmt::format("I12: job {} still runs", job.number);
    }
  }
  if (auto found = check_versions(*journal)) {
    return found;
  }
  return check_isolation();
}

}  // namespace spillway::simulation
