#include "delivery/dead_log.hpp"

#include <utility>

namespace spillway::delivery {

bool DeadLog::died(core::Time now) {
  if (summary_due_) {
    ++unlogged_;
    return false;
  }
  last_line_ = now;
  summary_due_ = now + kSummaryEvery;
  return true;
}

std::optional<DeadLog::Summary> DeadLog::summarize(core::Time now) {
  if (unlogged_ == 0) {
    summary_due_.reset();
    return std::nullopt;
  }
  const Summary summary{std::exchange(unlogged_, 0), now - last_line_};
  last_line_ = now;
  summary_due_ = now + kSummaryEvery;
  return summary;
}

}  // namespace spillway::delivery
