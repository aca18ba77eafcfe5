#include "core/metrics.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace spillway::core {
namespace {

TEST(Metrics, a_counter_loses_nothing_between_threads) {
  Counter counter;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10'000; ++n) {
        counter.add();
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(counter.value(), 80'000U);
}

TEST(Metrics, a_histogram_counts_its_upper_bounds_in) {
  constexpr double kBounds[] = {1, 2};
  Histogram histogram(kBounds);
  for (const double value : {0.5, 1.0, 1.5, 2.0, 9.0}) {
    histogram.observe(value);
  }
  const Histogram::Snapshot snapshot = histogram.snapshot();
  EXPECT_EQ(snapshot.counts, (std::vector<std::uint64_t>{2, 2, 1}));
  EXPECT_EQ(snapshot.count, 5U);
  EXPECT_DOUBLE_EQ(snapshot.sum, 14.0);
  EXPECT_LE(snapshot.quantile(0.4), 1.0);
  EXPECT_GT(snapshot.quantile(0.7), 1.0);
  EXPECT_EQ(snapshot.quantile(1.0), 2.0);  // beyond the last bound nothing is known
}

TEST(Metrics, the_same_name_and_labels_are_the_same_metric) {
  Registry registry;
  registry.counter("a_total", "help", {{"x", "1"}}).add(2);
  registry.counter("a_total", "help", {{"x", "1"}}).add(3);
  registry.counter("a_total", "help", {{"x", "2"}}).add(7);
  const auto families = registry.collect();
  ASSERT_EQ(families.size(), 1U);
  ASSERT_EQ(families[0].samples.size(), 2U);
  EXPECT_EQ(families[0].samples[0].value, 5);
  EXPECT_EQ(families[0].samples[1].value, 7);
}

}  // namespace
}  // namespace spillway::core
