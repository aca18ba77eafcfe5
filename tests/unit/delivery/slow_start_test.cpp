#include "delivery/slow_start.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace spillway::delivery {
namespace {

using namespace std::chrono_literals;

class SlowStartTest : public testing::Test {
 protected:
  // Starts all it is given leave for, for so long.
  int starts_in(core::Duration time) {
    const core::Time end = now + time;
    int starts = 0;
    while (now < end) {
      if (const auto later = ramp.try_start(now)) {
        EXPECT_GT(*later, now);
        now = std::min(*later, end);
      } else {
        ++starts;
      }
    }
    return starts;
  }

  core::Time now = core::from_micros(1'790'000'000'000'000);
  SlowStart ramp;
};

TEST_F(SlowStartTest, without_an_outage_nothing_is_held_back) {
  EXPECT_FALSE(ramp.try_start(now));
  EXPECT_FALSE(ramp.try_start(now));
}

TEST_F(SlowStartTest, begins_slowly_and_lets_twelve_thousand_go_within_two_seconds) {
  ramp.begin(now);
  const int first = starts_in(100ms);
  EXPECT_GE(first, 20);
  EXPECT_LE(first, 30);
  const int first_second = first + starts_in(900ms);
  EXPECT_GE(first_second, 900);
  EXPECT_LE(first_second, 1200);
  EXPECT_GE(first_second + starts_in(950ms), 12'000);
}

TEST_F(SlowStartTest, a_failure_holds_the_ramp) {
  ramp.begin(now);
  starts_in(1s);
  ramp.failed(now);
  ramp.failed(now);  // of the same moment: counts once
  const int held = starts_in(1s);
  EXPECT_GE(held, 1200);
  EXPECT_LE(held, 2000);
}

TEST_F(SlowStartTest, is_over_in_the_end) {
  ramp.begin(now);
  now += 3s;
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_FALSE(ramp.try_start(now)) << i;
  }
}

TEST_F(SlowStartTest, time_without_starts_saves_up_no_burst) {
  ramp.begin(now);
  now += 500ms;
  int at_once = 0;
  while (!ramp.try_start(now)) {
    ++at_once;
  }
  EXPECT_LE(at_once, 20);
}

}  // namespace
}  // namespace spillway::delivery
