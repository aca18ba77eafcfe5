// RecoveryWatch: when the faults end, what waits for a destination that was down, or for a node
// that has just started, must go soon, whatever the schedules say (I12): within the pause between
// two probes and what the ramp and the rate take. Outside the node; one thread.
#pragma once

#include <map>

#include "core/clock.hpp"
#include "journal/records.hpp"
#include "tests/simulation/environment.hpp"
#include "tests/simulation/sim_node.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {

class RecoveryWatch {
 public:
  RecoveryWatch(Environment& environment, World& world, SimNode& node)
      : environment_(&environment), world_(&world), node_(&node) {}

  // Every destination is well from now on, and the node has started now, or goes on.
  enum class Node { started, goes_on };
  void start(Node node);

 private:
  using Waiting = std::map<journal::DeliveryRef, core::Time>;  // by when it had changed last

  void check(journal::DestinationNumber destination, core::Duration most);

  Environment* environment_;
  World* world_;
  SimNode* node_;
  std::map<journal::DestinationNumber, Waiting> waiting_;
};

}  // namespace spillway::simulation
