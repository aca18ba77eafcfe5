// The front of delivery for every thread: takes what was opened, paused or configured to the engine
// that owns the destination. A destination belongs to the engine its number selects, for ever.
// Immutable, any thread.
#pragma once

#include "core/clock.hpp"
#include "core/executor.hpp"
#include "delivery/engine.hpp"
#include "journal/records.hpp"

#include <vector>

namespace spillway::delivery {

class Dispatcher {
 public:
  // The engines, one per executor, outlive the dispatcher's use. At least one.
  explicit Dispatcher(std::vector<Engine*> engines);

  // Deliveries that are durable: pending ones, and those that have ended. Those of the executor the
  // caller runs on start within this call; each other engine gets one task for all of its own.
  void offer(const core::Executor& here, std::vector<Opened> opened);
  // The same of deliveries whose events are not at hand.
  void offer(const core::Executor& here, std::vector<journal::OpenDelivery> deliveries);

  // `done` runs on `here` when every engine knows what it was offered before.
  void when_known(core::Executor& here, core::Task done);

  // All destinations there are from now on.
  void apply(const std::vector<LaneSetup>& setups);

  void pause(journal::DestinationNumber number);
  void resume(journal::DestinationNumber number);
  // Where to have a SetPaused answered that is followed by pause() or resume().
  [[nodiscard]] core::Executor& executor_of(journal::DestinationNumber number) const;

  // Makes a visit on the engine of its destination; `callback` runs on `reply_to`, once.
  void visit(Visit visit, core::Executor& reply_to, VisitCallback callback);

  // Stops all engines (Engine::stop); `done` runs on the executor of the last one.
  void stop(core::Time deadline, core::Task done);

 private:
  [[nodiscard]] std::size_t owner(journal::DestinationNumber number) const {
    return number % engines_.size();
  }

  std::vector<Engine*> engines_;
};

}  // namespace spillway::delivery
