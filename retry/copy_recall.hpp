// Ends the copies of what is pending in a node that does not run, so that nobody takes it over any
// more: of what waits for its copies, and on request of what has them. Runs on one executor, where
// it reads the store.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/executor.hpp"
#include "journal/command.hpp"
#include "journal/reader.hpp"
#include "journal/store.hpp"

#include <cstddef>
#include <functional>
#include <set>
#include <vector>

namespace spillway::retry {

class CopyRecall {
 public:
  static constexpr std::size_t kBatchMax = 256;

  enum class What { waiting, all };
  using Done = std::move_only_function<void(core::Result<std::size_t> ended)>;

  // All outlive it.
  CopyRecall(core::Executor& executor, const journal::Store& store, journal::CommandQueue& commands)
      : executor_(executor), reader_(store), commands_(commands) {}

  // Calls back once.
  void start(What what, Done done);

 private:
  void next();
  // Those to be ended next, or none: of what is left there is none.
  core::Result<std::vector<journal::DeliveryRef>> find();
  core::Result<std::vector<journal::DeliveryRef>> find_standing();

  core::Executor& executor_;
  const journal::Reader reader_;
  journal::CommandQueue& commands_;
  What what_ = What::waiting;
  Done done_;
  std::size_t ended_ = 0;
  std::vector<journal::NamedDestinationRecord> destinations_;  // that are to be looked through
  core::Time from_{};                                          // of the last one of them
  std::set<journal::DeliveryRef> seen_;                        // those due then, looked at already
};

}  // namespace spillway::retry
