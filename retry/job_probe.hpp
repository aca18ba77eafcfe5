// What jobs tell about themselves (docs/metrics.md). Made once per process; any thread.
#pragma once

#include "core/metrics.hpp"
#include "retry/job_record.hpp"

namespace spillway::retry {

class JobProbe {
 public:
  explicit JobProbe(core::Registry& registry);

  void running(std::size_t jobs) { running_.set(static_cast<double>(jobs)); }
  void changed(JobKind kind, std::size_t deliveries);

 private:
  core::Gauge& running_;
  core::Counter& replayed_;
  core::Counter& dropped_;
  core::Counter& purged_;
};

}  // namespace spillway::retry
