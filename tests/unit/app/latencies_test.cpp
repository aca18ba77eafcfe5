#include "app/latencies.hpp"

#include <gtest/gtest.h>

namespace spillway::app {
namespace {

using std::chrono::microseconds;

TEST(Latencies, none_is_zero) {
  EXPECT_EQ(Latencies().quantile(0.99), core::Duration::zero());
}

TEST(Latencies, quantiles_are_within_four_percent) {
  Latencies latencies;
  for (int i = 1; i <= 100'000; ++i) {
    latencies.add(microseconds(i));
  }
  for (const double share : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999}) {
    const double exact = share * 100'000;
    const auto found = static_cast<double>(latencies.quantile(share).count());
    EXPECT_GE(found, exact) << share;
    EXPECT_LE(found, exact * 1.04) << share;
  }
  EXPECT_EQ(latencies.quantile(1), microseconds(100'000));
}

TEST(Latencies, the_largest_and_the_smallest_are_counted) {
  Latencies latencies;
  latencies.add(microseconds(-5));
  latencies.add(std::chrono::hours(10'000));
  EXPECT_EQ(latencies.count(), 2U);
  EXPECT_EQ(latencies.quantile(0.5), microseconds(0));
  EXPECT_EQ(latencies.max(), std::chrono::hours(10'000));
}

}  // namespace
}  // namespace spillway::app
