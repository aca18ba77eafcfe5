// SimGateway: the front path of one life of the node: gateway::Ingest as it is, with the plan and
// the memory budget around it, but no sockets. Tells the world what was acknowledged, and holds
// each answer to I4: none without verification, memory and a journal that has it. Runs on the
// node's executor.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/byte_budget.hpp"
#include "core/executor.hpp"
#include "core/metrics.hpp"
#include "delivery/dispatcher.hpp"
#include "gateway/ingest.hpp"
#include "gateway/plan.hpp"
#include "gateway/probe.hpp"
#include "journal/operate.hpp"
#include "journal/writer.hpp"
#include "tests/simulation/environment.hpp"
#include "tests/simulation/sim_committer.hpp"
#include "tests/simulation/traffic.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {

// The journal as a request sees it: commits of other threads may fall between its look-up of keys
// and its hand-over.
class HandOver final : public journal::CommandQueue {
 public:
  HandOver(core::Executor& executor, journal::CommandQueue& queue)
      : executor_(&executor), queue_(&queue) {}

  void submit(std::unique_ptr<journal::Command> command) override {
    executor_->post([queue = queue_, handed_over = std::move(command)]() mutable {
      queue->submit(std::move(handed_over));
    });
  }

 private:
  core::Executor* executor_;
  journal::CommandQueue* queue_;
};

// All of it outlives the gateway's tasks.
struct GatewayParts {
  Environment& environment;
  World& world;
  const journal::Store& store;
  const journal::Writer& writer;
  SimCommitter& committer;
  core::Executor& executor;
  const core::Clock& clock;
  delivery::Dispatcher& dispatcher;
  core::Registry& registry;
};

class SimGateway {
 public:
  // The status of the answer.
  using Reply = std::move_only_function<void(int status)>;

  explicit SimGateway(GatewayParts parts);

  // Makes the plan, once names have their numbers; of a reload, too.
  void open(const journal::Names& names);
  void handle(SentRequest request, Reply reply);

  // For a delivery without a route: to the first destination.
  [[nodiscard]] std::vector<journal::Target> other_route() const;
  // Events on their way, which may go by an earlier plan.
  [[nodiscard]] std::size_t events_under_way() const { return in_flight_.size(); }
  // Held by requests on their way.
  [[nodiscard]] std::size_t memory_used() const { return memory_.used(); }

 private:
  [[nodiscard]] bool acks_from_memory(std::size_t source) const {
    return parts_.environment.options.ack_memory && source == kMemorySource;
  }
  void answered(const SentRequest& request, const gateway::Answer& answer);
  void accepted(const SentRequest& request, const gateway::Answer& answer);
  void check_metrics();
  void cover(const SentRequest& request, const gateway::SourceProbe& probe);

  GatewayParts parts_;
  HandOver queue_;
  core::ByteBudget memory_;
  gateway::Probe probe_;
  gateway::Ingest ingest_;
  std::shared_ptr<const gateway::Plan> plan_;
  std::multiset<std::string> in_flight_;  // keys
  journal::Sequence first_;               // accepted in this life
  std::uint64_t acked_ = 0;
};

}  // namespace spillway::simulation
