// Forwarder: brings open deliveries to their destinations in one life of the node. Runs on the
// node's executor.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "core/executor.hpp"
#include "journal/command.hpp"
#include "journal/reader.hpp"
#include "journal/reopen.hpp"
#include "tests/simulation/environment.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {

class Forwarder {
 public:
  // All that is referred to outlives the forwarder's tasks.
  Forwarder(Environment& environment, World& world, const journal::Store& store,
            journal::CommandQueue& queue, core::Executor& executor, const core::Clock& clock)
      : environment_(&environment),
        world_(&world),
        reader_(store),
        queue_(&queue),
        executor_(&executor),
        clock_(&clock) {}

  // Takes up what was pending when the node died.
  void recover(const std::vector<journal::DestinationRecord>& destinations);
  void opened(const journal::OpenDelivery& delivery);
  void set_paused(journal::DestinationNumber destination, bool paused);

 private:
  struct Job {
    journal::DeliveryRef ref;
    std::uint32_t generation = 1;
    std::uint32_t attempts = 0;
  };
  void schedule(Job job, core::Time due);
  void attempt(Job job);
  void finish(Job job, core::Time started);

  Environment* environment_;
  World* world_;
  journal::Reader reader_;
  journal::CommandQueue* queue_;
  core::Executor* executor_;
  const core::Clock* clock_;
  std::set<journal::DestinationNumber> paused_;
  std::map<journal::DestinationNumber, std::vector<Job>> held_;
};

}  // namespace spillway::simulation
