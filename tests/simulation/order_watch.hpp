// OrderWatch: holds the node to the order of each ordering key (I7): one attempt under way; with
// per_key no earlier event of a key after a later one, unless the request says so; with latest
// nothing that is older than what was delivered. Outside the node, so it survives crashes. One
// thread.
#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "delivery/sender.hpp"
#include "tests/simulation/environment.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {

class OrderWatch {
 public:
  OrderWatch(Environment& environment, World& world) : environment_(&environment), world_(&world) {}

  void started(const delivery::SendRequest& request);
  void ended(const delivery::SendRequest& request, bool delivered);
  // Attempts under way are no more, and outcomes may be unknown again.
  void crashed();

 private:
  using Version = std::pair<std::uint32_t, journal::Sequence>;  // of equal ones, the later is newer
  struct Key {
    bool under_way = false;       // in this life
    journal::Sequence begun = 0;  // the latest of its first generation, in this life
    Version delivered{};          // the newest, if it has a version
  };

  // Where the event's place in an order is watched; null: it has none.
  Key* find(const delivery::SendRequest& request);
  void check_per_key(Key& key, const delivery::SendRequest& request);
  void check_latest(const Key& key, const delivery::SendRequest& request);
  [[nodiscard]] Version version_of(const delivery::SendRequest& request) const;
  void violate(std::string_view what, const delivery::SendRequest& request);

  Environment* environment_;
  World* world_;
  std::map<std::pair<journal::DestinationNumber, std::uint32_t>, Key> keys_;
};

}  // namespace spillway::simulation
