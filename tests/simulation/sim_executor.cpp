#include "tests/simulation/sim_executor.hpp"

#include <algorithm>
#include <iterator>

namespace spillway::simulation {

void Scheduler::make_ready(Entry entry) {
  if (const auto frozen = frozen_.find(entry.owner); frozen != frozen_.end()) {
    frozen->second.push_back(std::move(entry));
  } else if (entry.owner == kWorld) {
    world_ready_.push_back(std::move(entry));
  } else {
    threads_ready_[{entry.owner, entry.thread}].push_back(std::move(entry));
  }
}

void Scheduler::post(Owner owner, Thread thread, core::Task task) {
  make_ready({next_number_++, owner, thread, std::move(task)});
}

core::TimerId Scheduler::run_at(Owner owner, Thread thread, core::Time due, core::Task task) {
  const core::TimerId timer = next_number_++;
  Entry entry{timer, owner, thread, std::move(task)};
  if (due <= now_) {
    make_ready(std::move(entry));
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
  const auto is_it = [timer](const Entry& entry) { return entry.number == timer; };
  std::erase_if(world_ready_, is_it);
  for (auto& [owner, entries] : frozen_) {
    std::erase_if(entries, is_it);
  }
  for (auto thread = threads_ready_.begin(); thread != threads_ready_.end();) {
    std::erase_if(thread->second, is_it);
    thread = thread->second.empty() ? threads_ready_.erase(thread) : std::next(thread);
  }
}

void Scheduler::drop(Owner owner) {
  // What a dropped task owns may cancel others while it is destroyed, so it is first taken out of
  // the containers.
  const auto dropped_frozen = frozen_.extract(owner);
  std::vector<Queue> dropped_queues;
  for (auto thread = threads_ready_.begin(); thread != threads_ready_.end();) {
    if (thread->first.first == owner) {
      dropped_queues.push_back(std::move(thread->second));
      thread = threads_ready_.erase(thread);
    } else {
      ++thread;
    }
  }
  std::vector<Entry> dropped_timers;
  for (auto timer = timers_.begin(); timer != timers_.end();) {
    if (timer->second.owner == owner) {
      timer_dues_.erase(timer->first.second);
      dropped_timers.push_back(std::move(timer->second));
      timer = timers_.erase(timer);
    } else {
      ++timer;
    }
  }
}

void Scheduler::freeze(Owner owner) {
  std::vector<Entry>& kept = frozen_[owner];
  for (auto thread = threads_ready_.begin(); thread != threads_ready_.end();) {
    if (thread->first.first != owner) {
      ++thread;
      continue;
    }
    std::ranges::move(thread->second, std::back_inserter(kept));
    thread = threads_ready_.erase(thread);
  }
}

void Scheduler::thaw(Owner owner) {
  auto frozen = frozen_.extract(owner);
  if (frozen.empty()) {
    return;
  }
  for (Entry& entry : frozen.mapped()) {
    make_ready(std::move(entry));
  }
}

std::size_t Scheduler::waiting(Owner owner) const {
  std::size_t count = 0;
  for (const auto& [thread, queue] : threads_ready_) {
    count += thread.first == owner ? queue.size() : 0;
  }
  for (const auto& [due, entry] : timers_) {
    count += entry.owner == owner ? 1 : 0;
  }
  return count;
}

bool Scheduler::anything_ready() const {
  return !world_ready_.empty() || !threads_ready_.empty();
}

Scheduler::Entry Scheduler::take_random() {
  std::size_t chosen = random_->below(world_ready_.size() + threads_ready_.size());
  if (chosen < world_ready_.size()) {
    std::swap(world_ready_[chosen], world_ready_.back());
    Entry entry = std::move(world_ready_.back());
    world_ready_.pop_back();
    return entry;
  }
  chosen -= world_ready_.size();
  const auto thread = std::next(threads_ready_.begin(), static_cast<std::ptrdiff_t>(chosen));
  Entry entry = std::move(thread->second.front());
  thread->second.pop_front();
  if (thread->second.empty()) {
    threads_ready_.erase(thread);
  }
  return entry;
}

bool Scheduler::step(std::uint64_t& ran) {
  const auto make_due_ready = [this] {
    while (!timers_.empty() && timers_.begin()->first.first <= now_) {
      timer_dues_.erase(timers_.begin()->first.second);
      make_ready(std::move(timers_.begin()->second));
      timers_.erase(timers_.begin());
    }
  };
  make_due_ready();
  while (!anything_ready()) {  // all that became ready may be frozen
    if (timers_.empty()) {
      return false;
    }
    now_ = timers_.begin()->first.first;
    make_due_ready();
  }
  Entry chosen = take_random();
  ran = chosen.number;
  chosen.task();
  return true;
}

bool SimClock::stepped() const {
  const core::Duration difference = wall_->offset - offset_;
  return difference > std::chrono::minutes(5) || difference < -std::chrono::minutes(5);
}

}  // namespace spillway::simulation
