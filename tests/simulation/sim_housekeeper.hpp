// SimHousekeeper: lets history go, as app::Housekeeper does, at random times instead of every
// minute: by its age, or early because the disk is said to be short. Before each retirement it has
// the node audited, and after it. Outside the node, so it survives crashes.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "journal/retention.hpp"
#include "tests/simulation/environment.hpp"
#include "tests/simulation/retention_watch.hpp"
#include "tests/simulation/sim_node.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {

class SimHousekeeper {
 public:
  SimHousekeeper(Environment& environment, World& world, RetentionWatch& watch, SimNode& node)
      : environment_(&environment), world_(&world), watch_(&watch), node_(&node) {}

  // Schedules the rounds of the safety phase.
  void start();
  // From now on, one round after the other.
  void keep_on();
  // A retirement of this life is under way.
  [[nodiscard]] bool retiring() const { return retiring_in_life_ == node_->lives(); }

 private:
  enum class Disk { roomy, short_of_space };

  void round();
  void retire(Disk disk);
  void retired(Disk disk, const journal::Retired& done);
  void sweep(Disk disk, std::string cursor);
  void forget_keys();
  [[nodiscard]] bool keys_are_limited() const {
    return environment_->options.dedup_bytes_max != std::numeric_limits<std::uint64_t>::max();
  }
  // The result, unless the command failed, which it never may.
  template <class Value>
  const Value* checked(const core::Result<Value>& result);

  Environment* environment_;
  World* world_;
  RetentionWatch* watch_;
  SimNode* node_;
  std::uint32_t retiring_in_life_ = 0;
  std::uint32_t keys_counted_in_life_ = 0;
  std::uint64_t key_bytes_ = 0;  // left by the latest round
};

}  // namespace spillway::simulation
