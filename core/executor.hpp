// Where the engine's tasks run, one after another: an io_context in production, a scheduler that
// picks a random ready task in the simulation. What runs on one executor needs no lock against
// itself.
#pragma once

#include <cstdint>
#include <functional>

#include "core/clock.hpp"

namespace spillway::core {

using Task = std::move_only_function<void()>;
using TimerId = std::uint64_t;  // 0 is never given out

class Executor {
 public:
  virtual ~Executor() = default;

  // Queues the task. Any thread.
  virtual void post(Task task) = 0;

  // Runs the task once the clock has reached `due`. Only from this executor's own tasks.
  virtual TimerId run_at(Time due, Task task) = 0;

  // Drops a timer that has not run; unknown ids are ignored. Only from this executor's own tasks.
  virtual void cancel(TimerId timer) = 0;
};

}  // namespace spillway::core
