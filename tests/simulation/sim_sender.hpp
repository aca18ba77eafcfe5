// SimSender: the Sender port of one engine in one life of the node, over simulated destinations.
// Tells the world what arrived, and the oracle's books what the node has learned.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/executor.hpp"
#include "delivery/sender.hpp"
#include "tests/simulation/attempt_watch.hpp"
#include "tests/simulation/environment.hpp"
#include "tests/simulation/metrics_watch.hpp"
#include "tests/simulation/order_watch.hpp"
#include "tests/simulation/pace_watch.hpp"
#include "tests/simulation/sim_committer.hpp"
#include "tests/simulation/sim_destination.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {

// What looks on at the attempts.
struct Watches {
  AttemptWatch& attempts;
  PaceWatch& pace;
  OrderWatch& order;
  MetricsWatch& metrics;
};

class SimSender final : public delivery::Sender {
 public:
  // All that is referred to outlives the sender's tasks; what arrives touches the world alone.
  SimSender(Environment& environment, World& world, std::vector<SimDestination>& destinations,
            Watches watches, const SimCommitter& committer, core::Executor& executor,
            const core::Clock& clock)
      : environment_(&environment),
        world_(&world),
        destinations_(&destinations),
        watches_(watches),
        committer_(&committer),
        executor_(&executor),
        clock_(&clock) {}

  void send(delivery::SendRequest request, Callback callback) override;
  void cancel_all() override;

 private:
  struct Flight {
    delivery::SendRequest request;
    Exchange exchange;
    Callback callback;
    core::Time began;
    core::TimerId end = 0;
  };
  void put_off(delivery::SendRequest request, Callback callback);
  // On its way, from where no crash calls it back.
  void dispatch(const delivery::SendRequest& request, core::Duration arrives_after);
  void end(std::uint64_t number);

  Environment* environment_;
  World* world_;
  std::vector<SimDestination>* destinations_;
  Watches watches_;
  const SimCommitter* committer_;
  core::Executor* executor_;
  const core::Clock* clock_;
  std::uint64_t next_number_ = 1;
  std::map<std::uint64_t, Flight> flights_;
};

}  // namespace spillway::simulation
