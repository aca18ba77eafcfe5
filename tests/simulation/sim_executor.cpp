#include "tests/simulation/sim_executor.hpp"

#include <algorithm>
#include <iterator>

namespace spillway::simulation {

void Scheduler::post(Owner owner, core::Task task) {
  ready_.push_back({next_number_++, owner, std::move(task)});
}

core::TimerId Scheduler::run_at(Owner owner, core::Time due, core::Task task) {
  const core::TimerId timer = next_number_++;
  Entry entry{timer, owner, std::move(task)};
  if (due <= now_) {
    ready_.push_back(std::move(entry));
  } else {
    timers_.emplace(std::pair(due, timer), std::move(entry));
    timer_dues_.emplace(timer, due);
  }
  return timer;
}

void Scheduler::cancel(core::TimerId timer) {
  if (const auto due = timer_dues_.find(timer); due != timer_dues_.end()) {
    timers_.erase({due->second, timer});
    timer_dues_.erase(due);
    return;
  }
  std::erase_if(ready_, [timer](const Entry& entry) { return entry.number == timer; });
}

void Scheduler::drop(Owner owner) {
  // What a dropped task owns may cancel or add others while it is destroyed, so it is first taken
  // out of both containers.
  std::vector<Entry> dropped;
  const auto doomed =
      std::ranges::partition(ready_, [owner](const Entry& entry) { return entry.owner != owner; });
  std::ranges::move(doomed, std::back_inserter(dropped));
  ready_.erase(doomed.begin(), doomed.end());
  for (auto timer = timers_.begin(); timer != timers_.end();) {
    if (timer->second.owner == owner) {
      timer_dues_.erase(timer->first.second);
      dropped.push_back(std::move(timer->second));
      timer = timers_.erase(timer);
    } else {
      ++timer;
    }
  }
}

std::size_t Scheduler::waiting(Owner owner) const {
  const auto ready = std::ranges::count(ready_, owner, &Entry::owner);
  const auto timers = std::ranges::count_if(
      timers_, [owner](const auto& timer) { return timer.second.owner == owner; });
  return static_cast<std::size_t>(ready + timers);
}

bool Scheduler::step(std::uint64_t& ran) {
  if (ready_.empty()) {
    if (timers_.empty()) {
      return false;
    }
    now_ = timers_.begin()->first.first;
  }
  while (!timers_.empty() && timers_.begin()->first.first <= now_) {
    timer_dues_.erase(timers_.begin()->first.second);
    ready_.push_back(std::move(timers_.begin()->second));
    timers_.erase(timers_.begin());
  }
  std::swap(ready_[random_->below(ready_.size())], ready_.back());
  Entry chosen = std::move(ready_.back());
  ready_.pop_back();
  ran = chosen.number;
  chosen.task();
  return true;
}

bool SimClock::stepped() const {
  const core::Duration difference = wall_->offset - offset_;
  return difference > std::chrono::minutes(5) || difference < -std::chrono::minutes(5);
}

}  // namespace spillway::simulation
