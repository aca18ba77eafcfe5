#include "retry/retry_probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace spillway::retry {
namespace {

core::Counter& transactions(core::Registry& registry, std::string outcome) {
  return registry.counter("spillway_spool_transactions_total",
                          "Transactions of the spool's worker, by what came of them",
                          {{"outcome", std::move(outcome)}});
}

double seconds(core::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

RetryProbe::RetryProbe(core::Registry& registry)
    : open_(registry.gauge("spillway_spool_records_open",
                           "Records of the spool that this node's worker has in memory")),
      attempts_(registry.counter("spillway_spool_attempts_total",
                                 "Attempts this node made for records of the spool")),
      committed_(transactions(registry, "committed")),
      failed_(transactions(registry, "failed")),
      seconds_(registry.histogram("spillway_spool_transaction_seconds",
                                  "Time one transaction of the spool's worker took", {},
                                  core::latency_buckets())),
      undecodable_(registry.counter("spillway_spool_undecodable_total",
                                    "Messages of the spool that could not be understood")),
      dropped_(registry.counter("spillway_duplicates_total", "Repeats, by where they come from",
                                {{"where", "rebalance"}})) {
  for (std::size_t i = 0; i < kTiers.size(); ++i) {
    const auto delay = std::chrono::duration_cast<std::chrono::seconds>(kTiers[i]);
    hops_[i] = &registry.counter("spillway_spool_hops_total",
                                 "Records of the spool that went on to a topic, by its delay",
                                 {{"tier", fmt::format("{}s", delay.count())}});
  }
}

void RetryProbe::hopped(core::Duration tier) {
  const auto* const found = std::ranges::find(kTiers, tier);
  if (found != kTiers.end()) {
    hops_[static_cast<std::size_t>(found - kTiers.begin())]->add();
  }
}

void RetryProbe::committed(core::Duration took) {
  committed_.add();
  seconds_.observe(seconds(took));
}

void RetryProbe::commit_failed(core::Duration took) {
  failed_.add();
  seconds_.observe(seconds(took));
}

}  // namespace spillway::retry
