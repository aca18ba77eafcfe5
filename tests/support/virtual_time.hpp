// Virtual time for unit tests: a clock that jumps to the next timer, and executors on it that run
// tasks in the order they were posted. One thread, nothing ever waits.
#pragma once

#include "core/clock.hpp"
#include "core/executor.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <utility>

namespace spillway::support {

class VirtualTime final : public core::Clock {
 public:
  [[nodiscard]] core::Time now() const override { return now_; }
  [[nodiscard]] bool stepped() const override { return false; }

  // Runs what is ready, and what becomes so, without moving the clock.
  void run_ready();
  // Runs everything up to a point in time, the clock ends there.
  void run_until(core::Time end);
  void run_for(core::Duration duration) { run_until(now_ + duration); }

  // Tasks and timers that are left.
  [[nodiscard]] std::size_t waiting() const { return ready_.size() + timers_.size(); }

  // The process died: no task or timer is left.
  void drop_all();

 private:
  friend class VirtualExecutor;

  core::Time now_ = core::from_micros(1'790'000'000'000'000);
  core::TimerId last_timer_ = 0;
  std::deque<core::Task> ready_;
  std::map<std::pair<core::Time, core::TimerId>, core::Task> timers_;
};

class VirtualExecutor final : public core::Executor {
 public:
  explicit VirtualExecutor(VirtualTime& time) : time_(&time) {}

  void post(core::Task task) override { time_->ready_.push_back(std::move(task)); }
  core::TimerId run_at(core::Time due, core::Task task) override;
  void cancel(core::TimerId timer) override;

 private:
  VirtualTime* time_;
};

}  // namespace spillway::support
