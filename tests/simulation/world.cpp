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

void World::attempted(const DeliveryName& name, std::uint32_t generation) {
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

void World::arrived(const DeliveryName& name, const std::string& body, core::Time now) {
  arrived_since_sync_ = true;
  if (!sent_.contains(body)) {
    violate(
        fmt::format("I3: event {} arrived with a body that nobody sent", name.event.to_string()));
    return;
  }
  const auto [first, fresh] = arrivals_.emplace(name, Arrival{body, now});
  if (!fresh && first->second.body != body) {
    violate(fmt::format("I3: event {} arrived with two different bodies", name.event.to_string()));
  }
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

void World::pause_answered(journal::DestinationNumber number, bool paused) {
  if (!gone_.contains(number)) {
    paused_[number] = paused;
  }
}

void World::gone(journal::DestinationNumber number) {
  gone_.insert(number);
  paused_.erase(number);
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
