#include "core/system_clock.hpp"

#include <gtest/gtest.h>

namespace spillway::core {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Time kWall = from_micros(1'790'000'000'000'000);

TEST(SlewedTime, runs_with_the_monotonic_clock) {
  SlewedTime time(kWall, seconds(100));
  time.observe(kWall + seconds(10), seconds(110));
  EXPECT_EQ(time.at(seconds(110)), kWall + seconds(10));
  EXPECT_EQ(time.at(seconds(111)), kWall + seconds(11));
}

TEST(SlewedTime, approaches_the_wall_clock_slowly_and_never_goes_back) {
  SlewedTime time(kWall, seconds(0));
  Time last = kWall;
  for (int second = 1; second <= 4000; ++second) {
    time.observe(kWall + seconds(second) - seconds(1), seconds(second));  // wall is 1 s behind
    EXPECT_GT(time.at(seconds(second)), last);
    last = time.at(seconds(second));
  }
  EXPECT_EQ(last, kWall + seconds(3999));
  EXPECT_FALSE(time.stepped());
}

TEST(SlewedTime, a_step_is_told_and_not_followed) {
  SlewedTime time(kWall, seconds(0));
  for (const seconds step : {seconds(hours(2)), -seconds(hours(24)), seconds(301), -seconds(301)}) {
    time.observe(kWall + step, seconds(0));
    EXPECT_TRUE(time.stepped());
    EXPECT_EQ(time.offset(), step);
    EXPECT_EQ(time.at(seconds(1)), kWall + seconds(1));
  }
  time.observe(kWall + seconds(2) + milliseconds(1), seconds(2));
  EXPECT_FALSE(time.stepped());
}

TEST(SlewedTime, five_minutes_are_still_followed) {
  for (const seconds away : {seconds(300), -seconds(300)}) {
    SlewedTime time(kWall, seconds(0));
    time.observe(kWall + seconds(2) + away, seconds(2));
    EXPECT_FALSE(time.stepped());
    EXPECT_EQ(time.offset(), away);
    EXPECT_EQ(time.at(seconds(2)), kWall + seconds(2) + milliseconds(away.count() < 0 ? -1 : 1));
  }
}

TEST(SlewedTime, a_step_that_lasts_is_never_followed) {
  SlewedTime time(kWall, seconds(0));
  for (int second = 1; second <= 4000; ++second) {
    time.observe(kWall + hours(24) + seconds(second), seconds(second));
  }
  EXPECT_TRUE(time.stepped());
  EXPECT_EQ(time.at(seconds(4000)), kWall + seconds(4000));
}

}  // namespace
}  // namespace spillway::core
