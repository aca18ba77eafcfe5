#include "retry/pause_history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spillway::retry {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::SizeIs;

core::Time at(int second) {
  return core::Time{seconds(1000 + second)};
}
PauseSpan span(int from, int to) {
  return {at(from), at(to)};
}

TEST(PauseHistory, counts_what_of_each_pause_lies_behind_a_time) {
  PauseHistory history;
  EXPECT_EQ(history.between(at(0), at(100)), seconds(0));
  history.began(at(10));
  history.ended(at(20));
  history.began(at(50));
  EXPECT_EQ(history.between(at(0), at(55)), seconds(15));
  EXPECT_EQ(history.between(at(15), at(60)), seconds(15));
  EXPECT_EQ(history.between(at(30), at(60)), seconds(10));
  EXPECT_EQ(history.between(at(58), at(60)), seconds(2));
  EXPECT_EQ(history.between(at(0), at(15)), seconds(5));
  history.ended(at(60));
  EXPECT_EQ(history.between(at(0), at(100)), seconds(20));
  EXPECT_THAT(history.until(at(100)), ElementsAre(span(10, 20), span(50, 60)));
}

TEST(PauseHistory, a_pause_said_twice_is_one) {
  PauseHistory history;
  history.began(at(10));
  history.began(at(15));
  history.ended(at(20));
  history.ended(at(25));
  EXPECT_THAT(history.until(at(100)), ElementsAre(span(10, 20)));
}

TEST(PauseHistory, what_others_know_counts_once) {
  PauseHistory history;
  history.began(at(10));
  history.learn({span(1, 3), span(11, 14)});
  EXPECT_EQ(history.between(at(0), at(20)), seconds(12));
  history.ended(at(20));
  history.learn({span(1, 4), span(19, 22), span(30, 31)});
  EXPECT_THAT(history.until(at(100)), ElementsAre(span(1, 4), span(10, 22), span(30, 31)));
  history.learn({span(4, 10), span(40, 39)});
  EXPECT_THAT(history.until(at(100)), ElementsAre(span(1, 22), span(30, 31)));
}

TEST(PauseHistory, forgets_the_oldest_of_too_many) {
  PauseHistory history;
  for (int i = 0; i < 40; ++i) {
    history.began(at(10 * i));
    history.ended(at(10 * i + 5));
  }
  const auto spans = history.until(at(1000));
  ASSERT_THAT(spans, SizeIs(PauseHistory::kSpansMax));
  EXPECT_EQ(spans.front(), span(80, 85));
  EXPECT_EQ(spans.back(), span(390, 395));
}

}  // namespace
}  // namespace spillway::retry
