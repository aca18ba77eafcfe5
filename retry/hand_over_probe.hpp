// What hand-overs tell about themselves (docs/metrics.md). Made once per process; any thread.
#pragma once

#include "core/metrics.hpp"

#include <cstddef>

namespace spillway::retry {

class HandOverProbe {
 public:
  explicit HandOverProbe(core::Registry& registry);

  void handed_over() { handed_over_.add(1); }
  // Not known to be there: attempted here again, and a copy may be attempted elsewhere.
  void taken_back(std::size_t deliveries) {
    taken_back_.add(deliveries);
    may_repeat_.add(deliveries);
  }
  void failed() { failed_.add(1); }

 private:
  core::Counter& handed_over_;
  core::Counter& taken_back_;
  core::Counter& failed_;
  core::Counter& may_repeat_;
};

}  // namespace spillway::retry
