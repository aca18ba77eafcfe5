// Reads what the counters stand at, step by step, and tells the history. Reads nothing from the
// store. Made by app; admin thread.
#pragma once

#include "admin/context.hpp"
#include "admin/journal_metrics.hpp"

namespace spillway::admin {

class HistorySampler {
 public:
  // Both outlive the sampler and the tasks on the context's executor.
  HistorySampler(AdminContext& context, const JournalMetrics& metrics)
      : context_(&context), metrics_(&metrics) {}
  HistorySampler(const HistorySampler&) = delete;
  HistorySampler& operator=(const HistorySampler&) = delete;

  // Samples now and at the end of each step from now on, until stop().
  void start() { sample(); }
  void stop();

 private:
  void sample();
  void take(core::Time now);

  AdminContext* context_;
  const JournalMetrics* metrics_;
  core::TimerId timer_ = 0;
};

}  // namespace spillway::admin
