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

core::Time accepted_at(const StoredJournal& journal, journal::Sequence sequence) {
  const auto first = journal.deliveries.lower_bound({sequence, 0});
  return first == journal.deliveries.end() ? core::Time{} : first->second.accepted;
}

Finding check_targets(const StoredJournal& journal, journal::Sequence sequence,
                      const std::vector<journal::DestinationNumber>& targets) {
  for (const journal::DestinationNumber target : targets) {
    if (!journal.deliveries.contains({sequence, target})) {
      return fmt::format("I1: event {} has no delivery to destination {}", sequence, target);
    }
  }
  if (targets.empty() && !journal.deliveries.contains({sequence, kNoDestination})) {
    return fmt::format("I1: event {} matched no route and has no delivery to '-'", sequence);
  }
  return std::nullopt;
}

}  // namespace

Finding Oracle::check_books(const journal::Store& store, const journal::Writer& writer) const {
  const auto journal = StoredJournal::read(store);
  if (!journal) {
    return journal.error().message;
  }
  if (auto imbalance = journal->imbalance()) {
    return "I10: " + *imbalance;
  }
  if (journal->totals() != writer.totals()) {
    return "I10: the writer's totals differ from the stored counters";
  }
  return std::nullopt;
}

Finding Oracle::check_acks(const StoredJournal& journal) const {
  for (const Ack& ack : world_->acks()) {
    if (ack.verdict == journal::Verdict::conflict) {
      continue;
    }
    const auto id = journal.ids.find(ack.id);
    if (id == journal.ids.end()) {
      return fmt::format("I1: event {} was acked and is not in the journal", ack.id.to_string());
    }
    const auto body = journal.bodies.find(id->second);
    if (body == journal.bodies.end()) {
      return fmt::format("I1: event {} was acked and its body is gone", id->second);
    }
    const SentEvent& sent = world_->sent().at(ack.body);
    const bool other_allowed = kSources[sent.source].on_conflict == journal::KeyConflict::duplicate;
    if (body->second != ack.body && !other_allowed) {
      return fmt::format("I1: the ack for '{}' names event {}, whose body is '{}'", ack.body,
                         id->second, body->second);
    }
  }
  return std::nullopt;
}

Finding Oracle::check_requests(const StoredJournal& journal) const {
  std::set<std::string_view> stored;
  for (const auto& [sequence, body] : journal.bodies) {
    stored.insert(body);
  }
  // Under another policy an event of the request may be a duplicate of somebody else's.
  std::map<std::size_t, std::pair<std::size_t, std::size_t>> stored_of_sent;
  for (const auto& [body, sent] : world_->sent()) {
    if (kSources[sent.source].on_conflict == journal::KeyConflict::accept) {
      auto& [there, all] = stored_of_sent[sent.request];
      there += stored.contains(body) ? 1 : 0;
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

Finding Oracle::check_stored_events(const StoredJournal& journal) const {
  for (const auto& [sequence, body] : journal.bodies) {
    const auto sent = world_->sent().find(body);
    if (sent == world_->sent().end()) {
      return fmt::format("I3: event {} has a body that nobody sent", sequence);
    }
    std::vector<journal::DestinationNumber> targets;
    for (const std::size_t target : sent->second.targets) {
      targets.push_back(world_->names().at(options_->destinations[target].name));
    }
    if (auto missing = check_targets(journal, sequence, targets)) {
      return missing;
    }
  }
  for (const auto& [name, body] : world_->arrivals()) {
    const auto sequence = journal.ids.find(name.event);
    if (sequence == journal.ids.end()) {
      return fmt::format("I3: event {} reached destination {} and is not in the journal",
                         name.event.to_string(), name.destination);
    }
    const auto stored = journal.bodies.find(sequence->second);
    if (stored != journal.bodies.end() && stored->second != body) {
      return fmt::format("I3: event {} reached destination {} with another body", sequence->second,
                         name.destination);
    }
  }
  return std::nullopt;
}

Finding Oracle::check_keys(const StoredJournal& journal) const {
  // Bodies are unique per event meant, so two stored events with one body and a key are one event
  // accepted twice.
  std::map<std::string_view, journal::Sequence> latest;
  for (const auto& [sequence, body] : journal.bodies) {
    const SentEvent& sent = world_->sent().find(body)->second;
    if (sent.key.empty()) {
      continue;
    }
    const auto [earlier, fresh] = latest.emplace(body, sequence);
    if (!fresh) {
      const auto apart = accepted_at(journal, sequence) - accepted_at(journal, earlier->second);
      if (apart < options_->dedup_window) {
        return fmt::format("I5: '{}' became event {} and, {} s later, event {}", body,
                           earlier->second, apart.count() / 1'000'000, sequence);
      }
      earlier->second = sequence;
    }
  }
  return std::nullopt;
}

Finding Oracle::check_fates(const StoredJournal& journal) const {
  for (const auto& [name, fate] : world_->fates()) {
    const auto sequence = journal.ids.find(name.event);
    const DeliveryRef ref{sequence == journal.ids.end() ? 0 : sequence->second, name.destination};
    const auto stored = journal.deliveries.find(ref);
    if (stored == journal.deliveries.end()) {
      return fmt::format("I10: the delivery of event {} to {} is gone", name.event.to_string(),
                         name.destination);
    }
    const journal::DeliveryRecord& record = stored->second;
    if (record.generation > fate.generation) {
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
       {&Oracle::check_acks, &Oracle::check_requests, &Oracle::check_stored_events,
        &Oracle::check_keys, &Oracle::check_fates, &Oracle::check_destinations}) {
    if (auto found = (this->*check)(*journal)) {
      return found;
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
    const bool acked =
        std::ranges::any_of(world_->acks(), [&](const Ack& ack) { return ack.body == sent.body; });
    if (!acked) {
      return fmt::format("I12: '{}' was never acked", body);
    }
  }
  return std::nullopt;
}

}  // namespace spillway::simulation
