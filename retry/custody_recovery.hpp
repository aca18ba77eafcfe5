// Takes back deliveries from the log's custody: at a start those that a life before left halfway,
// and all of them when the node goes back to its own spool. Runs on one executor, where it reads
// the store.
#pragma once

#include "core/clock.hpp"
#include "core/delivery.hpp"
#include "core/executor.hpp"
#include "journal/command.hpp"
#include "journal/ordering.hpp"
#include "journal/store.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace spillway::retry {

class CustodyRecovery {
 public:
  static constexpr std::size_t kBatchMax = 256;
  static constexpr core::Duration kSecondTry = std::chrono::seconds(1);  // after a failure

  using Taken = std::function<void(std::vector<journal::OpenDelivery>)>;
  using Done = std::move_only_function<void(std::size_t taken)>;

  // All outlive it. `taken` is told of each batch.
  CustodyRecovery(core::Executor& executor, const core::Clock& clock, const journal::Store& store,
                  journal::CommandQueue& commands, Taken taken)
      : executor_(executor),
        clock_(clock),
        store_(store),
        commands_(commands),
        taken_(std::move(taken)) {}

  // All that are in that custody when this is called, and nobody else may move into it until done.
  void take_back(core::Custody custody, Done done);

 private:
  void next(core::Custody custody, std::size_t so_far, Done done);

  core::Executor& executor_;
  const core::Clock& clock_;
  const journal::Store& store_;
  journal::CommandQueue& commands_;
  Taken taken_;
};

}  // namespace spillway::retry
