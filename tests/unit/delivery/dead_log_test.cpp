#include "delivery/dead_log.hpp"

#include <gtest/gtest.h>

namespace spillway::delivery {
namespace {

using namespace std::chrono_literals;

constexpr core::Time kStart{1'000s};

TEST(DeadLog, logs_a_single_death_and_nothing_more) {
  DeadLog log;
  EXPECT_FALSE(log.summary_due());
  EXPECT_TRUE(log.died(kStart));
  EXPECT_EQ(log.summary_due(), kStart + 10s);
  EXPECT_FALSE(log.summarize(kStart + 10s));
  EXPECT_FALSE(log.summary_due());
}

TEST(DeadLog, sums_up_the_rest_of_a_burst_every_ten_seconds) {
  DeadLog log;
  int lines = 0;
  std::uint64_t summed = 0;
  core::Time now = kStart;
  for (int i = 0; i < 100'000; ++i, now += 1ms) {  // 100 seconds
    if (log.summary_due() && now >= *log.summary_due()) {
      const auto summary = log.summarize(now);
      ASSERT_TRUE(summary);
      EXPECT_EQ(summary->lasting, 10s);
      summed += summary->deliveries;
      ++lines;
    }
    lines += log.died(now) ? 1 : 0;
  }
  EXPECT_EQ(lines, 10);
  const auto last = log.summarize(now);
  ASSERT_TRUE(last);
  EXPECT_EQ(1 + summed + last->deliveries, 100'000U);
}

TEST(DeadLog, logs_the_first_of_the_next_burst) {
  DeadLog log;
  EXPECT_TRUE(log.died(kStart));
  EXPECT_FALSE(log.died(kStart + 1s));
  EXPECT_EQ(log.summarize(kStart + 10s)->deliveries, 1U);
  EXPECT_FALSE(log.died(kStart + 19s));
  EXPECT_EQ(log.summarize(kStart + 20s)->deliveries, 1U);
  EXPECT_FALSE(log.summarize(kStart + 30s));
  EXPECT_TRUE(log.died(kStart + 31s));
}

TEST(DeadLog, tells_early_what_a_stop_would_lose) {
  DeadLog log;
  EXPECT_TRUE(log.died(kStart));
  EXPECT_FALSE(log.died(kStart + 1s));
  const auto summary = log.summarize(kStart + 2s);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->deliveries, 1U);
  EXPECT_EQ(summary->lasting, 2s);
}

}  // namespace
}  // namespace spillway::delivery
