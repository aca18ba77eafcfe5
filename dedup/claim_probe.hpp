// The metrics of the claim across nodes (docs/metrics.md). One per process. Any thread.
#pragma once

#include <atomic>

#include "core/metrics.hpp"

namespace spillway::dedup {

class ClaimProbe {
 public:
  explicit ClaimProbe(core::Registry& registry);

  // A desk began; it counts as down until it says otherwise.
  void desk_started();
  void desk_up();
  void desk_down();  // after it was up
  // Redis may forget keys when its memory is full.
  void may_evict(bool evicts) { evicts_.set(evicts ? 1 : 0); }

  core::Counter& won;
  core::Counter& lost;
  core::Counter& unavailable;

 private:
  void show();

  core::Gauge& up_;
  core::Gauge& evicts_;
  std::atomic<int> desks_{0};
  std::atomic<int> desks_up_{0};
};

}  // namespace spillway::dedup
