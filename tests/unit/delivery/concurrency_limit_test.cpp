#include "delivery/concurrency_limit.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace spillway::delivery {
namespace {

using namespace std::chrono_literals;

// So many answers, each after the latency a destination shows at that load.
template <class Latency>
void answer(ConcurrencyLimit& limit, int times, Latency latency) {
  for (int i = 0; i < times; ++i) {
    limit.answered(latency(limit.value()), limit.value());
  }
}

TEST(ConcurrencyLimit, begins_low_and_grows_to_its_maximum_where_answers_are_quick) {
  ConcurrencyLimit limit(64);
  EXPECT_EQ(limit.value(), ConcurrencyLimit::kInitial);
  answer(limit, 200, [](std::size_t) { return 1ms; });
  EXPECT_EQ(limit.value(), 64u);
}

TEST(ConcurrencyLimit, does_not_grow_where_it_is_not_used) {
  ConcurrencyLimit limit(64);
  for (int i = 0; i < 200; ++i) {
    limit.answered(1ms, 1);
  }
  EXPECT_EQ(limit.value(), ConcurrencyLimit::kInitial);
}

TEST(ConcurrencyLimit, stays_near_what_a_destination_can_do_at_a_time) {
  // Ten at a time take 50 ms; whatever is beyond waits its turn there.
  ConcurrencyLimit limit(1000);
  answer(limit, 500, [](std::size_t load) {
    return std::chrono::milliseconds(50 * std::max<std::size_t>(load, 10) / 10);
  });
  EXPECT_GE(limit.value(), 10u);
  EXPECT_LE(limit.value(), 50u);
}

TEST(ConcurrencyLimit, a_destination_that_becomes_slow_gets_less) {
  ConcurrencyLimit limit(64);
  answer(limit, 500, [](std::size_t) { return 30ms; });
  ASSERT_EQ(limit.value(), 64u);
  answer(limit, 30, [](std::size_t) { return 2s; });
  EXPECT_LE(limit.value(), 16u);
}

TEST(ConcurrencyLimit, one_that_always_takes_ten_seconds_gets_a_tenth) {
  for (const std::size_t max : {64u, 1000u}) {
    ConcurrencyLimit limit(max);
    answer(limit, 500, [](std::size_t) { return 10s; });
    EXPECT_EQ(limit.value(), max / 10);
  }
}

TEST(ConcurrencyLimit, one_that_always_takes_long_holds_as_much_less_of_its_maximum) {
  ConcurrencyLimit limit(64);
  answer(limit, 500, [](std::size_t) { return 900ms; });
  EXPECT_EQ(limit.value(), 64u);
  answer(limit, 500, [](std::size_t) { return 4s; });
  EXPECT_EQ(limit.value(), 16u);
}

// Found by the simulation.
TEST(ConcurrencyLimit, few_are_never_more_than_its_maximum) {
  ConcurrencyLimit limit(1);
  answer(limit, 20, [](std::size_t) { return 10s; });
  EXPECT_EQ(limit.value(), 1u);
}

TEST(ConcurrencyLimit, one_that_is_less_slow_gets_no_less) {
  ConcurrencyLimit limit(8);
  answer(limit, 100, [](std::size_t) { return 7s; });
  EXPECT_EQ(limit.value(), ConcurrencyLimit::kFew);
}

TEST(ConcurrencyLimit, noise_of_this_machine_changes_nothing) {
  ConcurrencyLimit limit(64);
  answer(limit, 200, [](std::size_t) { return 1ms; });
  answer(limit, 20, [](std::size_t) { return 19ms; });
  EXPECT_EQ(limit.value(), 64u);
}

TEST(ConcurrencyLimit, overload_shrinks_it_to_one_and_no_further) {
  ConcurrencyLimit limit(64);
  for (int i = 0; i < 100; ++i) {
    limit.overloaded();
  }
  EXPECT_EQ(limit.value(), 1u);
  answer(limit, 200, [](std::size_t) { return 1ms; });
  EXPECT_EQ(limit.value(), 64u);
}

TEST(ConcurrencyLimit, a_lower_maximum_holds_at_once) {
  ConcurrencyLimit limit(64);
  limit.set_max(2);
  EXPECT_EQ(limit.value(), 2u);
}

}  // namespace
}  // namespace spillway::delivery
