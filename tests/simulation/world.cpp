#include "tests/simulation/world.hpp"

#include <fmt/format.h>

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

std::string destination_name(std::size_t index) {
  return fmt::format("client-{}", index);
}

void World::arrived(journal::DeliveryRef ref, std::uint32_t generation, const std::string& body) {
  const auto sent = sent_.find(body);
  if (sent == sent_.end()) {
    violate(fmt::format("I3: event {} arrived with a body that nobody sent", ref.sequence));
    return;
  }
  const auto [first, fresh] = arrivals_.emplace(ref, body);
  if (!fresh && first->second != body) {
    violate(fmt::format("I3: event {} arrived with two different bodies", ref.sequence));
  }
  const auto fate = fates_.find(ref);
  if (fate != fates_.end() && (fate->second.generation > generation ||
                               (fate->second.generation == generation &&
                                fate->second.state != core::DeliveryState::pending))) {
    violate(fmt::format("I6: event {} was attempted for {} after its durable fate {}", ref.sequence,
                        ref.destination, core::to_string(fate->second.state)));
  }
}

void World::promised(journal::DeliveryRef ref, const Fate& fate) {
  const auto [known, fresh] = fates_.emplace(ref, fate);
  if (!fresh && further(fate, known->second)) {
    known->second = fate;
  }
}

void World::synced() {
  for (const auto& [ref, fate] : std::exchange(unsynced_, {})) {
    promised(ref, fate);
  }
}

void World::crashed() {
  unsynced_.clear();
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
