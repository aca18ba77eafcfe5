// SimGateway: the front door of one life of the node, without sockets: looks up idempotency keys,
// makes the Accept command as the gateway does, and answers. Runs on the node's executor.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/executor.hpp"
#include "delivery/dispatcher.hpp"
#include "journal/accept.hpp"
#include "journal/operate.hpp"
#include "journal/writer.hpp"
#include "tests/simulation/environment.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {

class SimGateway {
 public:
  // Whether the request was accepted (2xx).
  using Reply = std::move_only_function<void(bool accepted)>;

  // All that is referred to outlives the gateway's tasks.
  SimGateway(Environment& environment, World& world, const journal::Store& store,
             const journal::Writer& writer, journal::CommandQueue& queue, core::Executor& executor,
             const core::Clock& clock, delivery::Dispatcher& dispatcher)
      : environment_(&environment),
        world_(&world),
        store_(&store),
        writer_(&writer),
        queue_(&queue),
        executor_(&executor),
        clock_(&clock),
        dispatcher_(&dispatcher) {}

  // Numbers of the names, once registered.
  void set_names(journal::Names names) { names_ = std::move(names); }
  [[nodiscard]] std::vector<journal::Target> targets(const std::vector<std::size_t>& wanted) const;

  void handle(std::vector<SentEvent> events, Reply reply);

  // Hands opened deliveries of one event to their engines; without an event it is an earlier one.
  void offer(std::vector<journal::OpenDelivery> deliveries, const core::EventPtr& event);

 private:
  core::Result<journal::NewEvent> look_up(const SentEvent& sent) const;
  void finish(const std::vector<SentEvent>& events, const std::vector<core::EventPtr>& made,
              core::Result<std::vector<journal::AcceptedEvent>> results, Reply reply);
  void count(const journal::AcceptedEvent& result, const SentEvent& sent);

  Environment* environment_;
  World* world_;
  const journal::Store* store_;
  const journal::Writer* writer_;
  journal::CommandQueue* queue_;
  core::Executor* executor_;
  const core::Clock* clock_;
  delivery::Dispatcher* dispatcher_;
  journal::Names names_;
  std::multiset<std::string> in_flight_;  // keys
};

}  // namespace spillway::simulation
