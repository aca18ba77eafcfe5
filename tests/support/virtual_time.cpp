#include "tests/support/virtual_time.hpp"

#include <algorithm>

namespace spillway::support {

void VirtualTime::run_ready() {
  while (!ready_.empty()) {
    core::Task task = std::move(ready_.front());
    ready_.pop_front();
    task();
  }
}

void VirtualTime::run_until(core::Time end) {
  run_ready();
  while (!timers_.empty() && timers_.begin()->first.first <= end) {
    auto timer = timers_.extract(timers_.begin());
    now_ = std::max(now_, timer.key().first);
    timer.mapped()();
    run_ready();
  }
  now_ = std::max(now_, end);
}

void VirtualTime::drop_all() {
  ready_.clear();
  timers_.clear();
}

core::TimerId VirtualExecutor::run_at(core::Time due, core::Task task) {
  const core::TimerId timer = ++time_->last_timer_;
  time_->timers_.emplace(std::pair{due, timer}, std::move(task));
  return timer;
}

void VirtualExecutor::cancel(core::TimerId timer) {
  std::erase_if(time_->timers_, [&](const auto& entry) { return entry.first.second == timer; });
}

}  // namespace spillway::support
