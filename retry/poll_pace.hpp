// When the log is to be polled again: soon, and later and later while it does not answer. Pure;
// belongs to who polls.
#pragma once

#include "core/clock.hpp"

#include <algorithm>

namespace spillway::retry {

class PollPace {
 public:
  static constexpr core::Duration kSoon = std::chrono::milliseconds(15);
  static constexpr core::Duration kLatest = std::chrono::seconds(1);

  // The wait after a poll.
  core::Duration after(bool answered) {
    wait_ = answered ? kSoon : std::min(wait_ * 2, kLatest);
    return wait_;
  }

 private:
  core::Duration wait_ = kSoon;
};

}  // namespace spillway::retry
