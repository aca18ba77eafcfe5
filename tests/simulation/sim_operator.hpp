// SimOperator: people at work on the admin API. At random times they pause and resume
// destinations, replay and drop deliveries, leave destinations out and bring them back; now and
// then a settlement of an earlier generation turns up, as from an attempt that took too long.
// Outside the node.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "journal/records.hpp"
#include "tests/simulation/environment.hpp"
#include "tests/simulation/sim_node.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {

class SimOperator {
 public:
  SimOperator(Environment& environment, World& world, SimNode& node)
      : environment_(&environment), world_(&world), node_(&node) {}

  // Schedules the actions of the safety phase.
  void start();
  // From now on, every destination that is paused is resumed: the way into the liveness phase.
  void keep_resuming();

 private:
  void act();
  void reload();
  void set_paused(journal::DestinationNumber destination, bool paused);
  void replay();
  void drop();
  void settle_stale();
  [[nodiscard]] std::optional<journal::DeliveryRef> any_delivery() const;
  [[nodiscard]] DeliveryName name_of(journal::DeliveryRef ref) const;
  [[nodiscard]] std::optional<journal::DeliveryRecord> record_of(journal::DeliveryRef ref) const;

  Environment* environment_;
  World* world_;
  SimNode* node_;
  std::map<journal::DestinationNumber, std::uint32_t> pause_asked_in_life_;  // 0: answered
};

}  // namespace spillway::simulation
