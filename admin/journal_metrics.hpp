// The books as metrics: deliveries by destination and state, how long the oldest has waited, what
// waits for destinations that are no longer configured (said in the log, too), and whether
// everything is accounted for. What must be read from the store is sampled on the reader every few
// seconds, never by a scrape. Made by app; admin thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "admin/backlog.hpp"
#include "admin/context.hpp"
#include "core/metrics.hpp"

namespace spillway::admin {

class JournalMetrics {
 public:
  // Registers itself: outlives the registry's last collect(), which is on the admin thread, and
  // the tasks on the context's executors.
  JournalMetrics(AdminContext& context, core::Registry& registry);
  JournalMetrics(const JournalMetrics&) = delete;
  JournalMetrics& operator=(const JournalMetrics&) = delete;

  // Samples now and every few seconds from now on, until stop().
  void start();
  void stop();

  // All destinations, as last sampled.
  [[nodiscard]] const std::vector<DestinationBacklog>& backlogs() const { return backlogs_; }

 private:
  void sample();
  void take(core::Result<std::vector<DestinationBacklog>> sampled);
  void collect(std::vector<core::Family>& families) const;
  void tell_orphans();

  AdminContext* context_;
  std::vector<DestinationBacklog> backlogs_;  // the last sample
  std::set<std::string> orphans_told_;        // of the last sample
  core::TimerId timer_ = 0;
  bool stopped_ = false;
};

}  // namespace spillway::admin
