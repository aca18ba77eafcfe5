#include "core/metrics.hpp"

#include <algorithm>

#include "core/check.hpp"

namespace spillway::core {
namespace {

std::size_t this_threads_slot() {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t slot = next.fetch_add(1, std::memory_order_relaxed) % 4;
  return slot;
}

}  // namespace

void Counter::add(std::uint64_t amount) {
  slots_[this_threads_slot()].value.fetch_add(amount, std::memory_order_relaxed);
}

std::uint64_t Counter::value() const {
  std::uint64_t sum = 0;
  for (const Slot& slot : slots_) {
    sum += slot.value.load(std::memory_order_relaxed);
  }
  return sum;
}

Histogram::Histogram(std::span<const double> upper_bounds)
    : upper_bounds_(upper_bounds.begin(), upper_bounds.end()), counts_(upper_bounds.size() + 1) {}

void Histogram::observe(double value) {
  const auto bound = std::lower_bound(upper_bounds_.begin(), upper_bounds_.end(), value);
  counts_[static_cast<std::size_t>(bound - upper_bounds_.begin())].fetch_add(
      1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

Histogram::Snapshot Histogram::snapshot() const {
  Snapshot result;
  result.upper_bounds = upper_bounds_;
  result.counts.reserve(counts_.size());
  for (const auto& count : counts_) {
    result.counts.push_back(count.load(std::memory_order_relaxed));
    result.count += result.counts.back();
  }
  result.sum = sum_.load(std::memory_order_relaxed);
  return result;
}

double Histogram::Snapshot::quantile(double share) const {
  if (count == 0) {
    return 0;
  }
  const double rank = share * static_cast<double>(count);
  double below = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const auto here = static_cast<double>(counts[i]);
    if (below + here >= rank && here > 0) {
      if (i == upper_bounds.size()) {
        return upper_bounds.empty() ? 0 : upper_bounds.back();
      }
      const double low = i == 0 ? 0 : upper_bounds[i - 1];
      return low + (upper_bounds[i] - low) * (rank - below) / here;
    }
    below += here;
  }
  return upper_bounds.empty() ? 0 : upper_bounds.back();
}

std::span<const double> latency_buckets() {
  static constexpr double kBuckets[] = {0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075,
                                        0.01,   0.025,   0.05,   0.1,   0.25,  0.5,   1,     2,
                                        5,      10,      30,     60,    300,   1800,  3600};
  return kBuckets;
}

Registry::Entry& Registry::entry(const std::string& name, std::string help, MetricKind kind,
                                 Labels labels) {
  Group& group = groups_.try_emplace(name, std::move(help), kind).first->second;
  CHECK(group.kind == kind);
  return group.entries[std::move(labels)];
}

Counter& Registry::counter(const std::string& name, std::string help, Labels labels) {
  const std::lock_guard lock(mutex_);
  Entry& made = entry(name, std::move(help), MetricKind::counter, std::move(labels));
  if (made.counter == nullptr) {
    made.counter = &counters_.emplace_back();
  }
  return *made.counter;
}

Gauge& Registry::gauge(const std::string& name, std::string help, Labels labels) {
  const std::lock_guard lock(mutex_);
  Entry& made = entry(name, std::move(help), MetricKind::gauge, std::move(labels));
  if (made.gauge == nullptr) {
    made.gauge = &gauges_.emplace_back();
  }
  return *made.gauge;
}

Histogram& Registry::histogram(const std::string& name, std::string help, Labels labels,
                               std::span<const double> upper_bounds) {
  const std::lock_guard lock(mutex_);
  Entry& made = entry(name, std::move(help), MetricKind::histogram, std::move(labels));
  if (made.histogram == nullptr) {
    made.histogram = &histograms_.emplace_back(upper_bounds);
  }
  return *made.histogram;
}

void Registry::collect_with(std::function<void(std::vector<Family>&)> callback) {
  const std::lock_guard lock(mutex_);
  callbacks_.push_back(std::move(callback));
}

std::vector<Family> Registry::collect() const {
  const std::lock_guard lock(mutex_);
  std::vector<Family> families;
  families.reserve(groups_.size());
  for (const auto& [name, group] : groups_) {
    families.push_back(snapshot(name, group));
  }
  for (const auto& callback : callbacks_) {
    callback(families);
  }
  return families;
}

Family Registry::collect(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(name);
  return found == groups_.end() ? Family{name, {}, {}, {}} : snapshot(name, found->second);
}

Family Registry::snapshot(const std::string& name, const Group& group) {
  Family family{name, group.help, group.kind, {}};
  for (const auto& [labels, made] : group.entries) {
    Sample sample{labels, 0, {}};
    if (made.counter != nullptr) {
      sample.value = static_cast<double>(made.counter->value());
    } else if (made.gauge != nullptr) {
      sample.value = made.gauge->value();
    } else {
      sample.histogram = made.histogram->snapshot();
    }
    family.samples.push_back(std::move(sample));
  }
  return family;
}

}  // namespace spillway::core
