#include "tests/simulation/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace spillway::simulation {
namespace {

bool further(const Fate& fate, const Fate& than) {
  if (fate.generation != than.generation) {
    return fate.generation > than.generation;
  }
  if (fate.attempts != than.attempts) {
    return fate.attempts > than.attempts;
  }
  return than.state == core::DeliveryState::pending || fate.state == core::DeliveryState::purged;
}

}  // namespace

void World::attempted(const DeliveryName& name, std::uint32_t generation, core::Time now) {
  // Its lane hears of it within that instant.
  if (const auto erased = erased_.find(name.event);
      erased != erased_.end() && now > erased->second) {
    violate(fmt::format("I6: event {} is attempted for {} after it was erased",
                        name.event.to_string(), name.destination));
  }
  const auto removed = removed_at_.find(name.destination);
  if (removed != removed_at_.end() && now > removed->second) {
    violate(fmt::format("I6: event {} is attempted for {}, which is configured no more",
                        name.event.to_string(), name.destination));
  }
  const auto paused = paused_at_.find(name.destination);
  if (paused != paused_at_.end() && now > paused->second) {
    violate(fmt::format("I6: event {} is attempted for {}, which is paused", name.event.to_string(),
                        name.destination));
  }
  const auto known = fates_.find(name);
  if (known == fates_.end()) {
    return;
  }
  const Fate& fate = known->second;
  if (fate.generation > generation ||
      (fate.generation == generation && fate.state != core::DeliveryState::pending)) {
    violate(fmt::format("I6: event {} is attempted for {} in generation {} after it was {} in {}",
                        name.event.to_string(), name.destination, generation, to_string(fate.state),
                        fate.generation));
  }
}

void World::arrived(const DeliveryName& name, const Letter& letter, core::Time now,
                    core::Duration clock_ahead) {
  arrived_since_sync_ = true;
  const std::string& body = letter.event->body;
  const auto sent = sent_.find(body);
  if (sent == sent_.end()) {
    violate(
        fmt::format("I3: event {} arrived with a body that nobody sent", name.event.to_string()));
    return;
  }
  if (const auto fault = find_fault(letter, sent->second, now + clock_ahead)) {
    violate(fmt::format("I3: destination {} does not take event {}: {}", name.destination,
                        name.event.to_string(), *fault));
  }
  const auto [first, fresh] = arrivals_.emplace(name, Arrival{body, now});
  if (!fresh && first->second.body != body) {
    violate(fmt::format("I3: event {} arrived with two different bodies", name.event.to_string()));
  }
}

void World::acked_from_memory(Ack ack, std::uint64_t command) {
  answered_.insert(ack.body);
  unsynced_acks_.emplace_back(command, std::move(ack));
}

void World::crashed(Crash crash) {
  for (auto& [command, ack] : unsynced_acks_) {
    if (crash == Crash::of_process) {
      acks_.push_back(std::move(ack));
    } else {
      lost_.insert(ack.id);
    }
  }
  unsynced_acks_.clear();
  unsynced_.clear();
  arrived_since_sync_ = false;
}

void World::settled(const DeliveryName& name, const Fate& fate, std::uint64_t command) {
  unsynced_.push_back({name, fate, command});
}

void World::synced(std::uint64_t up_to_command) {
  arrived_since_sync_ = false;
  while (!unsynced_.empty() && unsynced_.front().command <= up_to_command) {
    promised(unsynced_.front().name, unsynced_.front().fate);
    unsynced_.pop_front();
  }
  while (!unsynced_acks_.empty() && unsynced_acks_.front().first <= up_to_command) {
    acks_.push_back(std::move(unsynced_acks_.front().second));
    unsynced_acks_.pop_front();
  }
}

void World::promised(const DeliveryName& name, const Fate& fate) {
  const auto [known, fresh] = fates_.emplace(name, fate);
  if (!fresh && further(fate, known->second)) {
    known->second = fate;
  }
}

void World::may_have_ended(const DeliveryName& name, std::uint32_t generation) {
  std::uint32_t& latest = ended_[name];
  latest = std::max(latest, generation);
}

bool World::may_be_forgotten(const DeliveryName& name) const {
  const auto ended = ended_.find(name);
  const auto fate = fates_.find(name);
  return ended != ended_.end() &&
         (fate == fates_.end() || fate->second.generation <= ended->second);
}

void World::pause_answered(journal::DestinationNumber number, bool paused, core::Time now) {
  if (gone_.contains(number)) {
    return;
  }
  paused_[number] = paused;
  if (paused) {
    paused_at_[number] = now;
  }
}

void World::gone(journal::DestinationNumber number) {
  gone_.insert(number);
  pause_asked(number);
}

void World::removed(journal::DestinationNumber number, core::Time now, journal::Sequence next) {
  std::vector<Absence>& absences = absences_[number];
  if (removed_at_.emplace(number, now).second) {
    absences.push_back({next});
  }
  // Of what was lost in a crash, the numbers are used again.
  absences.back().from = std::min(absences.back().from, next);
}

void World::brought_back(journal::DestinationNumber number, journal::Sequence next) {
  if (removed_at_.erase(number) != 0) {
    absences_[number].back().to = next;
  }
}

bool World::may_lack(journal::DestinationNumber number, journal::Sequence sequence) const {
  const auto absences = absences_.find(number);
  return absences != absences_.end() &&
         std::ranges::any_of(absences->second, [sequence](const Absence& absence) {
           return absence.from <= sequence && sequence < absence.to;
         });
}

void World::named(const std::string& destination, journal::DestinationNumber number) {
  const auto [known, fresh] = names_.emplace(destination, number);
  if (!fresh && known->second != number) {
    violate(fmt::format("destination {} had the number {} and has {} now", destination,
                        known->second, number));
  }
}

void World::violate(std::string what) {
  if (!violation_) {
    violation_ = std::move(what);
  }
}

}  // namespace spillway::simulation
