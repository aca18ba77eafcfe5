#include "delivery/park_clock.hpp"

#include <gtest/gtest.h>

namespace spillway::delivery {
namespace {

using namespace std::chrono_literals;

class ParkClockTest : public testing::Test {
 protected:
  void hold_back(journal::Sequence sequence) {
    journal::Settlement settled;
    settled.ref = {sequence, 1};
    settled.generation = 3;
    settled.attempts = 2;
    settled.attempt.number = 2;
    clock.holds_back(settled);
  }
  // The destination takes other deliveries for so long.
  void works_for(core::Duration time) {
    clock.succeeded(now);
    for (const core::Time end = now + time; now < end;) {
      now += 10s;
      clock.succeeded(now);
    }
  }

  std::vector<journal::Settlement> take_over() {
    return clock.take_over(15min, [](journal::Sequence) { return false; });
  }

  core::Time now = core::from_micros(1'790'000'000'000'000);
  ParkClock clock;
};

TEST_F(ParkClockTest, runs_while_the_destination_takes_others) {
  hold_back(1);
  works_for(14min);
  EXPECT_TRUE(take_over().empty());
  EXPECT_FALSE(clock.is_over(1, 15min));
  works_for(1min);
  EXPECT_TRUE(clock.is_over(1, 15min));
  const auto over = take_over();
  ASSERT_EQ(over.size(), 1u);
  EXPECT_EQ(over[0].ref.sequence, 1u);
  EXPECT_EQ(over[0].generation, 3u);
  EXPECT_EQ(over[0].attempt.number, 0u);
  EXPECT_TRUE(over[0].park);
  EXPECT_TRUE(take_over().empty());
}

TEST_F(ParkClockTest, stands_still_during_an_outage) {
  works_for(1min);
  hold_back(1);
  clock.outage();
  now += 24h;
  works_for(10min);
  EXPECT_TRUE(take_over().empty());
}

TEST_F(ParkClockTest, silence_counts_little) {
  hold_back(1);
  clock.succeeded(now);
  now += 24h;
  clock.succeeded(now);
  EXPECT_FALSE(clock.is_over(1, 15min));
  EXPECT_TRUE(clock.is_over(1, 1min));
}

TEST_F(ParkClockTest, another_failure_of_the_same_delivery_does_not_start_it_anew) {
  hold_back(1);
  works_for(14min);
  hold_back(1);
  works_for(1min);
  EXPECT_EQ(take_over().size(), 1u);
}

TEST_F(ParkClockTest, one_that_is_being_attempted_is_left_to_its_end) {
  hold_back(1);
  works_for(15min);
  EXPECT_TRUE(clock.take_over(15min, [](journal::Sequence) { return true; }).empty());
  EXPECT_TRUE(clock.is_over(1, 15min));
}

TEST_F(ParkClockTest, what_came_to_an_end_is_forgotten) {
  hold_back(1);
  clock.forget(1);
  works_for(20min);
  EXPECT_TRUE(take_over().empty());
}

TEST_F(ParkClockTest, remembers_only_so_many) {
  for (journal::Sequence sequence = 1; sequence <= 2 * ParkClock::kHoldersMax; ++sequence) {
    hold_back(sequence);
  }
  works_for(20min);
  EXPECT_EQ(take_over().size(), ParkClock::kHoldersMax);
}

}  // namespace
}  // namespace spillway::delivery
