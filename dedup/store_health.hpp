// Notices that the claim store does not answer, so that no delivery waits for it: after a few
// failures in a row nobody asks it any more, and a ping each second finds out that it is back.
// Pure: told what happened and the time.
#pragma once

#include <chrono>

#include "core/clock.hpp"

namespace spillway::dedup {

class StoreHealth {
 public:
  static constexpr int kFailuresMax = 3;
  static constexpr core::Duration kPingPause = std::chrono::seconds(1);

  // Until the first ping is answered it counts as down.
  [[nodiscard]] bool up() const { return up_; }

  // A claim was answered in time.
  void answered() { failures_ = 0; }
  // It was not. True: this changed what up() says.
  bool failed() {
    if (!up_ || ++failures_ < kFailuresMax) {
      return false;
    }
    up_ = false;
    return true;
  }
  // The same of a ping.
  bool pinged(bool answered) {
    failures_ = 0;
    const bool changed = up_ != answered;
    up_ = answered;
    return changed;
  }

 private:
  bool up_ = false;
  int failures_ = 0;  // in a row
};

}  // namespace spillway::dedup
