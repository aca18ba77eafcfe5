// Ends the copies of what is pending in a node that does not run, so that nobody takes it over any
// more: of what waits for its copies, and on request of what has them. Runs on one executor, where
// it reads the store.
#pragma once

#include "core/error.hpp"
#include "core/executor.hpp"
#include "journal/command.hpp"
#include "journal/reader.hpp"
#include "journal/store.hpp"
#include "retry/standing_copies.hpp"

#include <cstddef>
#include <functional>
#include <vector>

namespace spillway::retry {

class CopyRecall {
 public:
  static constexpr std::size_t kBatchMax = 256;

  enum class What { waiting, all };
  using Done = std::move_only_function<void(core::Result<std::size_t> ended)>;

  // All outlive it.
  CopyRecall(core::Executor& executor, const journal::Store& store, journal::CommandQueue& commands)
      : executor_(executor), reader_(store), commands_(commands), standing_(store) {}

  // Calls back once.
  void start(What what, Done done);

 private:
  void next();
  // Those to be ended next, or none: of what is left there is none.
  core::Result<std::vector<journal::DeliveryRef>> find();

  core::Executor& executor_;
  const journal::Reader reader_;
  journal::CommandQueue& commands_;
  What what_ = What::waiting;
  Done done_;
  std::size_t ended_ = 0;
  StandingCopies standing_;
};

}  // namespace spillway::retry
