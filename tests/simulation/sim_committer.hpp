// SimCommitter: the real GroupCommit driven in virtual time instead of by a thread. Gathering,
// writing and syncing are steps of their own, so that a crash can fall between any two; writes and
// syncs can fail, stall or be slow. Belongs to one life of the node. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/executor.hpp"
#include "journal/command.hpp"
#include "journal/group_commit.hpp"
#include "journal/memory_store.hpp"
#include "journal/writer.hpp"
#include "tests/simulation/environment.hpp"

namespace spillway::simulation {

class SimCommitter final : public journal::CommandQueue {
 public:
  struct Events {
    std::function<void(std::uint64_t up_to_command)> synced;
    std::function<void()> failed;  // the process must stop; nothing more happens here
  };

  // `executor` is the committer's own. All that is referred to outlives its tasks there.
  SimCommitter(Environment& environment, journal::MemoryStore& store, journal::Writer& writer,
               core::Executor& executor, const core::Clock& clock, Events events)
      : environment_(&environment),
        store_(&store),
        group_(writer),
        executor_(&executor),
        clock_(&clock),
        events_(std::move(events)) {}

  void submit(std::unique_ptr<journal::Command> command) override;

  // Commands are numbered from 1 as they are handed in.
  [[nodiscard]] std::uint64_t submitted() const { return submitted_; }

  // Written, but a sync that somebody waits for is still to come.
  [[nodiscard]] bool syncing() const { return syncing_; }

 private:
  void wake();
  void gather();
  void write();
  void write_stalled();
  void sync_or_rest();
  void sync();

  Environment* environment_;
  journal::MemoryStore* store_;
  journal::GroupCommit group_;
  core::Executor* executor_;
  const core::Clock* clock_;
  Events events_;
  std::deque<std::unique_ptr<journal::Command>> queue_;
  std::vector<std::unique_ptr<journal::Command>> batch_;
  std::uint64_t submitted_ = 0;
  std::uint64_t gathered_ = 0;
  std::uint64_t written_ = 0;
  bool busy_ = false;  // some step is scheduled
  bool syncing_ = false;
  core::TimerId rest_timer_ = 0;
  std::optional<core::Time> stalled_since_;
  core::Time stalled_until_;
};

}  // namespace spillway::simulation
