#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/retry/retry_worker_fixture.hpp"

namespace spillway::retry {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::SizeIs;
using namespace testing_support;

TEST_F(RetryWorkerTest, counts_pauses_while_a_record_waited_and_carries_them_on) {
  start();
  SpoolRecord record = record_of(1);
  record.paused = minutes(1);
  const auto pause = [&](bool paused) {
    ask({.asks = PauseEverywhere{.destination = record.destination, .paused = paused}});
  };
  pause(true);
  time_.run_for(seconds(5));
  spool(record);
  time_.run_for(seconds(10));
  pause(false);
  time_.run_for(kShort);
  ASSERT_EQ(attempts_.made, 1U);
  EXPECT_EQ(attempts_.under_way[0].record.paused, minutes(1) + seconds(10));
  pause(true);
  time_.run_for(seconds(7));
  attempts_.end(put_off(minutes(3)));
  time_.run_for(kAWhile);
  const auto hopped = waiting(minutes(2));
  ASSERT_THAT(hopped, SizeIs(1));
  EXPECT_EQ(hopped[0].paused, minutes(1) + seconds(17));
}

}  // namespace
}  // namespace spillway::retry
