#include "core/rate_limit.hpp"

#include <gtest/gtest.h>

namespace spillway::core {
namespace {

using std::chrono::milliseconds;

TEST(RateLimit, allows_a_burst_and_then_the_rate) {
  RateLimit limit({10, 3});
  Time now = from_micros(1'000'000'000);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(limit.try_take(now)) << i;
  }
  const auto wait = limit.try_take(now);
  ASSERT_TRUE(wait);
  EXPECT_EQ(*wait, Duration(milliseconds(100)));
  now += milliseconds(100);
  EXPECT_FALSE(limit.try_take(now));
  EXPECT_TRUE(limit.try_take(now));
}

TEST(RateLimit, rest_does_not_save_up_more_than_the_burst) {
  RateLimit limit({10, 2});
  Time now = from_micros(1'000'000'000);
  EXPECT_FALSE(limit.try_take(now));
  now += std::chrono::hours(1);
  EXPECT_FALSE(limit.try_take(now));
  EXPECT_FALSE(limit.try_take(now));
  EXPECT_TRUE(limit.try_take(now));
}

}  // namespace
}  // namespace spillway::core
