// The metric types of every module: written by the hot path without a lock or a shared cache line,
// read by the metrics endpoint. A module keeps its metrics in one `probe` and registers them in
// the process's Registry; admin_prometheus turns the registry's snapshot into exposition text.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace spillway::core {

using Labels = std::vector<std::pair<std::string, std::string>>;

// A number that only grows. One slot per group of threads, so that threads do not share lines.
class Counter {
 public:
  void add(std::uint64_t amount = 1);
  [[nodiscard]] std::uint64_t value() const;

 private:
  struct alignas(64) Slot {
    std::atomic<std::uint64_t> value{0};
  };
  std::array<Slot, 4> slots_;
};

// A number that is set.
class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  void add(double amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  [[nodiscard]] double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

// Counts of observations by upper bound (inclusive), their sum and number.
class Histogram {
 public:
  explicit Histogram(std::span<const double> upper_bounds);
  void observe(double value);

  struct Snapshot {
    std::vector<double> upper_bounds;
    std::vector<std::uint64_t> counts;  // one more than bounds: the last is +Inf; not cumulative
    double sum = 0;
    std::uint64_t count = 0;
    // The value below which the given share lies, interpolated inside its bucket; 0 if empty.
    [[nodiscard]] double quantile(double share) const;
  };
  [[nodiscard]] Snapshot snapshot() const;

 private:
  std::vector<double> upper_bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<double> sum_{0};
};

// Seconds from 100 µs to an hour: fine for an ack and wide enough for a lag.
[[nodiscard]] std::span<const double> latency_buckets();

enum class MetricKind { counter, gauge, histogram };

struct Sample {
  Labels labels;
  double value = 0;               // counter and gauge
  Histogram::Snapshot histogram;  // histogram
};

struct Family {
  std::string name;
  std::string help;
  MetricKind kind = MetricKind::gauge;
  std::vector<Sample> samples;
};

// Every metric of the process. Registration and collection take a lock; writing does not.
// Metrics live as long as the registry, so references handed out stay valid.
class Registry {
 public:
  // Registering the same name and labels again returns the same metric.
  Counter& counter(const std::string& name, std::string help, Labels labels = {});
  Gauge& gauge(const std::string& name, std::string help, Labels labels = {});
  Histogram& histogram(const std::string& name, std::string help, Labels labels,
                       std::span<const double> upper_bounds);

  // For figures that are cheaper to ask for than to keep. The callback runs on the collecting
  // thread and must be safe there until the registry is gone.
  void collect_with(std::function<void(std::vector<Family>&)> callback);

  [[nodiscard]] std::vector<Family> collect() const;
  // One of the registered families, without samples if there is none of that name; what callbacks
  // add is not looked at.
  [[nodiscard]] Family collect(const std::string& name) const;

 private:
  struct Entry {
    Counter* counter = nullptr;
    Gauge* gauge = nullptr;
    Histogram* histogram = nullptr;
  };
  struct Group {
    std::string help;
    MetricKind kind;
    std::map<Labels, Entry> entries{};
  };

  [[nodiscard]] static Family snapshot(const std::string& name, const Group& group);
  Entry& entry(const std::string& name, std::string help, MetricKind kind, Labels labels);

  mutable std::mutex mutex_;
  std::deque<Counter> counters_;
  std::deque<Gauge> gauges_;
  std::deque<Histogram> histograms_;
  std::map<std::string, Group> groups_;
  std::vector<std::function<void(std::vector<Family>&)>> callbacks_;
};

}  // namespace spillway::core
