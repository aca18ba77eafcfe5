#include "tests/simulation/sim_committer.hpp"

#include <utility>

namespace spillway::simulation {
namespace {

using std::chrono::milliseconds;

// An accept never waits out a write stall longer than this (docs/correctness.md 16).
constexpr core::Duration kStallPatience = milliseconds(50);
constexpr core::Duration kStallRetry = milliseconds(10);
constexpr core::Duration kStallMost = milliseconds(400);
constexpr core::Duration kSyncMost = milliseconds(2);
constexpr core::Duration kSlowSyncMost = std::chrono::seconds(3);

}  // namespace

void SimCommitter::submit(std::unique_ptr<journal::Command> command) {
  if (command->sheddable() && queue_.size() >= environment_->options.queue_commands_max) {
    environment_->coverage.hit(Mark::queue_full);
    core::Executor& reply_to = command->reply_to();
    reply_to.post([refused = std::move(command)] {
      refused->finish(core::fail(core::ErrorCode::unavailable, "the journal's queue is full",
                                 core::Fault::us, core::Retry::safe));
    });
    return;
  }
  ++submitted_;
  queue_.push_back(std::move(command));
  wake();
}

void SimCommitter::wake() {
  if (busy_) {
    return;
  }
  busy_ = true;
  executor_->cancel(std::exchange(rest_timer_, 0));
  executor_->post([this] { gather(); });
}

void SimCommitter::gather() {
  while (!queue_.empty() && batch_.size() < environment_->options.batch_commands_max) {
    batch_.push_back(std::move(queue_.front()));
    queue_.pop_front();
    ++gathered_;
  }
  executor_->post([this] { write(); });
}

void SimCommitter::write() {
  const core::Time now = clock_->now();
  if (now >= stalled_until_ && environment_->strikes(environment_->faults.stall)) {
    stalled_until_ = now + environment_->delay_up_to(kStallMost);
  }
  if (now < stalled_until_) {
    store_->fail_next_write({core::ErrorCode::unavailable, core::Fault::us, core::Retry::safe,
                             "the simulated disk is stalled"});
  } else if (environment_->strikes(environment_->faults.failed_write)) {
    store_->fail_next_write({core::ErrorCode::out_of_space, core::Fault::us, core::Retry::never,
                             "the simulated disk is full"});
  }
  environment_->note("write", batch_.size());
  const auto written = group_.write(std::exchange(batch_, {}), now);
  if (!written) {
    environment_->coverage.hit(Mark::write_failed);
    events_.failed();
    return;
  }
  if (*written == journal::GroupCommit::Written::stalled) {
    write_stalled();
    return;
  }
  stalled_since_.reset();
  written_ = gathered_;
  sync_or_rest();
}

void SimCommitter::write_stalled() {
  environment_->coverage.hit(Mark::write_stalled);
  const core::Time now = clock_->now();
  if (!stalled_since_) {
    stalled_since_ = now;
  } else if (now - *stalled_since_ > kStallPatience) {
    environment_->coverage.hit(Mark::stall_shed);
    group_.shed();
  }
  executor_->run_at(now + kStallRetry, [this] { gather(); });
}

void SimCommitter::sync_or_rest() {
  const core::Time now = clock_->now();
  if (group_.sync_wanted(now)) {
    const bool slow = environment_->strikes(environment_->faults.slow_sync);
    if (slow) {
      environment_->coverage.hit(Mark::sync_slow);
    }
    syncing_ = true;
    executor_->run_at(now + environment_->delay_up_to(slow ? kSlowSyncMost : kSyncMost),
                      [this] { sync(); });
    return;
  }
  busy_ = false;
  if (!queue_.empty()) {
    wake();
  } else if (const auto due = group_.sync_due()) {
    rest_timer_ = executor_->run_at(*due, [this] {
      rest_timer_ = 0;
      busy_ = true;
      sync_or_rest();
    });
  }
}

void SimCommitter::sync() {
  if (environment_->strikes(environment_->faults.failed_sync)) {
    store_->fail_next_sync({core::ErrorCode::io, core::Fault::us, core::Retry::never,
                            "the simulated disk failed to sync"});
  }
  const auto synced = group_.sync();
  if (!synced) {
    environment_->coverage.hit(Mark::sync_failed);
    events_.failed();
    return;
  }
  syncing_ = false;
  environment_->note("synced");
  events_.synced(written_);
  sync_or_rest();
}

}  // namespace spillway::simulation
