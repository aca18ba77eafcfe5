#include "admin/history_sampler.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "core/delivery.hpp"

namespace spillway::admin {

namespace {

constexpr core::Duration kBooksSoon = std::chrono::milliseconds(20);

std::string label(const core::Sample& sample, std::string_view name) {
  const auto found =
      std::ranges::find(sample.labels, name, &std::pair<std::string, std::string>::first);
  return found == sample.labels.end() ? std::string() : found->second;
}

void add(core::Histogram::Snapshot& sum, const core::Histogram::Snapshot& more) {
  if (sum.counts.size() != more.counts.size()) {
    sum = more;
    return;
  }
  for (std::size_t i = 0; i < sum.counts.size(); ++i) {
    sum.counts[i] += more.counts[i];
  }
  sum.count += more.count;
}

void read_books(std::map<std::string, Reading>& readings,
                const std::vector<DestinationBacklog>& backlogs,
                const journal::Books::Totals& totals, core::Time now) {
  for (const DestinationBacklog& backlog : backlogs) {
    const auto found = totals.find(backlog.record.number);
    const journal::Counts counts = found == totals.end() ? journal::Counts{} : found->second;
    Reading& reading = readings[backlog.name];
    reading.accepted = counts.accepted;
    reading.pending = counts.in(core::DeliveryState::pending);
    if (backlog.oldest_pending && reading.pending > 0) {
      reading.oldest_pending = now - *backlog.oldest_pending;
    }
    if (backlog.name == kNoDestinationName) {
      reading.dead = reading.accepted;  // without a route: dead from the beginning
    }
  }
}

void read_attempts(std::map<std::string, Reading>& readings, const core::Registry& registry) {
  for (const core::Sample& sample : registry.collect("spillway_attempts_total").samples) {
    const auto found = readings.find(label(sample, "destination"));
    if (found != readings.end()) {
      const bool delivered = label(sample, "outcome") == to_string(core::Outcome::delivered);
      (delivered ? found->second.delivered : found->second.failed) +=
          static_cast<std::uint64_t>(sample.value);
    }
  }
  for (const core::Sample& sample : registry.collect("spillway_dead_total").samples) {
    const auto found = readings.find(label(sample, "destination"));
    if (found != readings.end() && found->first != kNoDestinationName) {
      found->second.dead += static_cast<std::uint64_t>(sample.value);
    }
  }
  for (core::Sample& sample : registry.collect("spillway_delivery_lag_seconds").samples) {
    const auto found = readings.find(label(sample, "destination"));
    if (found != readings.end()) {
      found->second.lag = std::move(sample.histogram);
    }
  }
}

Reading sum_of(const std::map<std::string, Reading>& readings) {
  Reading sum;
  for (const auto& [name, reading] : readings) {
    sum.accepted += reading.accepted;
    sum.delivered += reading.delivered;
    sum.failed += reading.failed;
    sum.dead += reading.dead;
    sum.pending += reading.pending;
    if (reading.oldest_pending) {
      sum.oldest_pending =
          std::max(sum.oldest_pending.value_or(core::Duration{}), *reading.oldest_pending);
    }
    if (!reading.lag.counts.empty()) {
      add(sum.lag, reading.lag);
    }
  }
  return sum;
}

}  // namespace

void HistorySampler::stop() {
  context_->executor.cancel(timer_);
}

// Before the books were read once, all that was ever accepted would count as of this step.
void HistorySampler::take(core::Time now) {
  std::map<std::string, Reading> readings;
  read_books(readings, metrics_->backlogs(), context_->writer.totals(), now);
  read_attempts(readings, context_->registry);
  const Reading node = sum_of(readings);
  readings.erase(std::string(kNoDestinationName));
  context_->history->take(now, node, readings);
}

void HistorySampler::sample() {
  const core::Time now = context_->clock.now();
  if (metrics_->backlogs().empty()) {
    timer_ = context_->executor.run_at(now + kBooksSoon, [this] { sample(); });
    return;
  }
  take(now);
  const core::Time next(((now.time_since_epoch() / History::kStep) + 1) * History::kStep);
  timer_ = context_->executor.run_at(next, [this] { sample(); });
}

}  // namespace spillway::admin
