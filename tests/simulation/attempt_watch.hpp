// AttemptWatch: holds the attempts of one life of the node to what it knew itself of each delivery
// (I5, I6): never two at once, none after a final answer, none skipped, and none before its
// schedule allows, unless it tells how the destination is (PaceWatch). One thread.
#pragma once

#include <cstdint>
#include <map>

#include "core/clock.hpp"
#include "delivery/sender.hpp"
#include "tests/simulation/pace_watch.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {

class AttemptWatch {
 public:
  // Both outlive it.
  AttemptWatch(World& world, PaceWatch& pace) : world_(&world), pace_(&pace) {}

  void started(const DeliveryName& name, const delivery::SendRequest& request, core::Time now);
  void ended(const DeliveryName& name, const delivery::SendRequest& request, bool final,
             core::Time now);

 private:
  struct Last {
    std::uint32_t generation = 0;
    std::uint32_t attempt = 0;
    bool under_way = false;
    bool final = false;
    core::Time ended;
    core::Time not_before;
  };

  World* world_;
  PaceWatch* pace_;
  std::map<DeliveryName, Last> last_;
};

}  // namespace spillway::simulation
