#include "retry/control_reader.hpp"

#include "core/log.hpp"

#include <utility>

namespace spillway::retry {

void ControlReader::stop() {
  executor_->cancel(std::exchange(timer_, 0));
}

void ControlReader::poll() {
  const auto news = reader_->poll(kMessagesMax);
  // What is gone was asked by nobody knows whom: a person must look, and the rest goes on.
  const bool answers = news || news.error().code == core::ErrorCode::corrupt;
  note(answers, news);
  bool more = false;
  if (news) {
    for (const StoredMessage& message : news->messages) {
      state_->apply(message);
    }
    state_->set_caught_up(news->caught_up);
    more = news->messages.size() >= kMessagesMax;
  }
  const core::Duration wait = pace_.after(answers);
  timer_ =
      executor_->run_at(clock_->now() + (more ? core::Duration::zero() : wait), [this] { poll(); });
}

void ControlReader::note(bool answers, const core::Result<TopicNews>& news) {
  if (!news && answers) {
    core::log(core::LogLevel::error, "spool.control_lost", {{"error", news.error().message}});
  } else if (!answers) {
    // Something may be asked meanwhile that is not heard here.
    state_->set_caught_up(false);
  }
  if (answers == std::exchange(answers_, answers)) {
    return;
  }
  if (answers) {
    core::log(core::LogLevel::info, "spool.control_back");
  } else {
    core::log(core::LogLevel::warn, "spool.control_unavailable", {{"error", news.error().message}});
  }
}

}  // namespace spillway::retry
