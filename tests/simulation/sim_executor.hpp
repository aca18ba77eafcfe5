// Virtual time and everything that waits in it. Scheduler runs a random one of the tasks that may
// run next and jumps to the next timer when none may; SimExecutor is the core::Executor that a
// thread of the node sees; SimClock its clock. All on one real thread.
//
// A simulated thread of the node runs its tasks in the order they were posted, as an io_context
// does; which thread goes next is random. The world's tasks know no order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "core/executor.hpp"
#include "core/random.hpp"

namespace spillway::simulation {

// Whose task it is: the outside world's, or that of one life of the node. A crash drops the
// tasks of that life alone.
using Owner = std::uint32_t;
inline constexpr Owner kWorld = 0;

// The threads of one life.
enum class Thread : std::uint8_t { none, committer, reader, searcher, first_engine };

class Scheduler {
 public:
  Scheduler(core::Time start, core::Random& random) : now_(start), random_(&random) {}
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  [[nodiscard]] core::Time now() const { return now_; }

  void post(Owner owner, Thread thread, core::Task task);
  core::TimerId run_at(Owner owner, Thread thread, core::Time due, core::Task task);
  // A task of the world.
  core::TimerId run_after(core::Duration delay, core::Task task) {
    return run_at(kWorld, Thread::none, now_ + delay, std::move(task));
  }
  void cancel(core::TimerId timer);

  // Destroys what the owner has waiting, as a dying process does. Not from one of its tasks.
  void drop(Owner owner);
  [[nodiscard]] std::size_t waiting(Owner owner) const;

  // Its tasks wait, and time goes on, as for a process that was stopped.
  void freeze(Owner owner);
  void thaw(Owner owner);

  // Runs one task; false when there is none. Returns its number in `ran`, for the trace.
  bool step(std::uint64_t& ran);

 private:
  struct Entry {
    std::uint64_t number = 0;
    Owner owner = kWorld;
    Thread thread = Thread::none;
    core::Task task;
  };
  using Queue = std::deque<Entry>;

  void make_ready(Entry entry);
  [[nodiscard]] bool anything_ready() const;
  Entry take_random();

  core::Time now_;
  core::Random* random_;
  std::uint64_t next_number_ = 1;
  std::vector<Entry> world_ready_;
  std::map<std::pair<Owner, Thread>, Queue> threads_ready_;  // no queue is empty
  std::map<Owner, std::vector<Entry>> frozen_;
  std::map<std::pair<core::Time, std::uint64_t>, Entry> timers_;
  std::unordered_map<core::TimerId, core::Time> timer_dues_;
};

// The machine's clock as an administrator sets it: true time plus an offset that may jump.
struct WallClock {
  core::Duration offset{};
};

// A life of the node reads the wall clock at its start and then runs on true time, as SystemClock
// does (slewing is too slow to matter here).
class SimClock final : public core::Clock {
 public:
  SimClock(const Scheduler& scheduler, const WallClock& wall)
      : scheduler_(&scheduler), wall_(&wall), offset_(wall.offset) {}

  [[nodiscard]] core::Time now() const override { return scheduler_->now() + offset_; }
  [[nodiscard]] bool stepped() const override;
  [[nodiscard]] core::Time to_true_time(core::Time time) const { return time - offset_; }

 private:
  const Scheduler* scheduler_;
  const WallClock* wall_;
  core::Duration offset_;
};

class SimExecutor final : public core::Executor {
 public:
  SimExecutor(Scheduler& scheduler, const SimClock& clock, Owner owner, Thread thread)
      : scheduler_(&scheduler), clock_(&clock), owner_(owner), thread_(thread) {}

  void post(core::Task task) override { scheduler_->post(owner_, thread_, std::move(task)); }
  core::TimerId run_at(core::Time due, core::Task task) override {
    return scheduler_->run_at(owner_, thread_, clock_->to_true_time(due), std::move(task));
  }
  void cancel(core::TimerId timer) override { scheduler_->cancel(timer); }

 private:
  Scheduler* scheduler_;
  const SimClock* clock_;
  Owner owner_;
  Thread thread_;
};

}  // namespace spillway::simulation
