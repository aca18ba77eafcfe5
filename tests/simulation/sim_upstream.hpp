// SimUpstream: senders as they are. They plan requests with idempotency keys over a span of time,
// repeat what was not acked and sometimes what was, send two at one instant, send another body
// under a known key, and talk over a network that loses requests and replies. Outside the node.
#pragma once

#include <cstddef>
#include <vector>

#include "tests/simulation/environment.hpp"
#include "tests/simulation/sim_node.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {

class SimUpstream {
 public:
  SimUpstream(Environment& environment, World& world, SimNode& node)
      : environment_(&environment), world_(&world), node_(&node) {}

  // Plans all requests and schedules their first sending.
  void start();
  [[nodiscard]] bool all_acked() const { return unacked_ == 0; }

 private:
  struct Request {
    std::vector<SentEvent> events;
    bool acked = false;
    core::TimerId retry = 0;
  };
  void plan(std::vector<SentEvent> events);
  SentEvent make_event(std::size_t request, std::size_t index);
  void send(std::size_t request);
  void transmit(std::size_t request);
  void retry_after(std::size_t request, core::Duration delay);
  void replied(std::size_t request, bool accepted);

  Environment* environment_;
  World* world_;
  SimNode* node_;
  std::vector<Request> requests_;
  std::size_t unacked_ = 0;
};

}  // namespace spillway::simulation
