// Reads the control topic from its beginning and goes on for as long as the node runs, so that
// ControlState knows what is asked. Made and stopped by app; everything on its executor.
#pragma once

#include "core/clock.hpp"
#include "core/executor.hpp"
#include "retry/control_state.hpp"
#include "retry/poll_pace.hpp"
#include "retry/topic_reader.hpp"

#include <cstddef>

namespace spillway::retry {

class ControlReader {
 public:
  static constexpr std::size_t kMessagesMax = 1000;  // of one poll

  // All outlive the reader.
  ControlReader(core::Executor& executor, const core::Clock& clock, TopicReader& reader,
                ControlState& state)
      : executor_(&executor), clock_(&clock), reader_(&reader), state_(&state) {}
  ControlReader(const ControlReader&) = delete;
  ControlReader& operator=(const ControlReader&) = delete;

  // Both on the executor, once.
  void start() { poll(); }
  void stop();

 private:
  void poll();
  // Whether the log answers; that changes what the state may say.
  void note(bool answers, const core::Result<TopicNews>& news);

  core::Executor* executor_;
  const core::Clock* clock_;
  TopicReader* reader_;
  ControlState* state_;
  PollPace pace_;
  core::TimerId timer_ = 0;
  bool answers_ = true;
};

}  // namespace spillway::retry
