// Waits, outside of an executor, for something that only its thread may look at.
#pragma once

#include <chrono>
#include <functional>
#include <future>

#include "core/clock.hpp"
#include "core/executor.hpp"

namespace spillway::app {

// Looks on the executor every 50 ms until the condition holds. False: not before the deadline. Not
// from the executor itself.
template <class Condition>
[[nodiscard]] bool await_on(core::Executor& executor, const core::Clock& clock, core::Time deadline,
                            Condition condition) {
  constexpr core::Duration kLook = std::chrono::milliseconds(50);
  std::promise<bool> answer;
  const std::function<void()> look = [&] {
    const bool holds = condition();
    if (holds || clock.now() >= deadline) {
      answer.set_value(holds);
    } else {
      executor.run_at(clock.now() + kLook, look);
    }
  };
  executor.post(look);
  return answer.get_future().get();
}

}  // namespace spillway::app
