// SimUpstream: senders as they are. They plan requests with idempotency keys over a span of time,
// repeat what was not acked and sometimes what was, send two at one instant, send another body
// under a known key, and talk over a network that loses requests and replies, and on which somebody
// forges some. Outside the node.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "tests/simulation/environment.hpp"
#include "tests/simulation/sim_node.hpp"
#include "tests/simulation/traffic.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {

class SimUpstream {
 public:
  SimUpstream(Environment& environment, World& world, SimNode& node)
      : environment_(&environment), world_(&world), node_(&node) {}

  // Plans all requests and schedules their first sending.
  void start();
  [[nodiscard]] bool all_answered() const { return unanswered_ == 0; }

 private:
  struct Planned {
    SentRequest request;
    bool answered = false;  // for good
    core::TimerId retry = 0;
  };
  void plan(std::vector<SentEvent> events);
  SentEvent make_event(std::size_t source, std::size_t index);
  std::pair<std::uint32_t, std::uint32_t> any_place(std::size_t source);
  void send(std::size_t request);
  void transmit(std::size_t request);
  void forge(std::size_t request);
  void retry_after(std::size_t request, core::Duration delay);
  void replied(std::size_t request, int status);

  Environment* environment_;
  World* world_;
  SimNode* node_;
  std::vector<Planned> requests_;
  std::size_t unanswered_ = 0;
};

}  // namespace spillway::simulation
