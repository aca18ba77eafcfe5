#include "delivery/body_share.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace spillway::delivery {
namespace {

class BodyShareTest : public testing::Test {
 protected:
  BodyShare make(bool quick) {
    BodyShare share(bodies);
    share.set_quick(quick);
    return share;
  }
  // Takes all it can get in small pieces, and says how much that was.
  std::size_t send_all(BodyShare& share) {
    return take_all([&share] { return share.reserve_sending(10); });
  }
  std::size_t wait_all(BodyShare& share) {
    return take_all([&share] { return share.reserve_waiting(10); });
  }

  core::ByteBudget bodies{8000};

 private:
  template <class Reserve>
  std::size_t take_all(Reserve reserve) {
    const std::size_t before = bodies.used();
    while (auto reserved = reserve()) {
      held.push_back(std::move(reserved));
    }
    return bodies.used() - before;
  }

  std::vector<core::ByteBudget::Reservation> held;
};

TEST_F(BodyShareTest, one_lane_alone_sends_a_quarter_of_the_budget) {
  BodyShare quick = make(true);
  EXPECT_EQ(send_all(quick), 2000u);
}

TEST_F(BodyShareTest, what_waits_takes_an_eighth_and_leaves_as_much_for_what_is_sent) {
  BodyShare quick = make(true);
  EXPECT_EQ(wait_all(quick), 1000u);
  EXPECT_EQ(send_all(quick), 1000u);
}

TEST_F(BodyShareTest, for_a_destination_not_known_to_be_quick_nothing_waits_and_little_is_sent) {
  BodyShare slow = make(false);
  EXPECT_EQ(wait_all(slow), 0u);
  EXPECT_EQ(send_all(slow), 1000u);
}

TEST_F(BodyShareTest, any_number_of_slow_ones_leave_half_of_the_budget) {
  std::vector<BodyShare> slow(1000, make(false));
  for (BodyShare& share : slow) {
    (void)send_all(share);
  }
  EXPECT_LE(bodies.used(), 4000u);
  BodyShare quick = make(true);
  EXPECT_GE(send_all(quick), 1000u);
}

TEST_F(BodyShareTest, greedy_ones_leave_room_for_another) {
  std::vector<BodyShare> greedy(5, make(true));
  for (BodyShare& share : greedy) {
    (void)wait_all(share);
    (void)send_all(share);
  }
  BodyShare another = make(true);
  EXPECT_GE(send_all(another), 400u);
}

TEST_F(BodyShareTest, what_is_released_may_be_taken_again) {
  BodyShare quick = make(true);
  {
    const auto reserved = quick.reserve_sending(2000);
    ASSERT_TRUE(reserved);
    EXPECT_FALSE(quick.reserve_sending(1));
  }
  quick.released(2000);
  EXPECT_TRUE(quick.reserve_sending(2000));
}

TEST_F(BodyShareTest, without_a_budget_nothing_is_reserved) {
  BodyShare none;
  none.set_quick(true);
  EXPECT_FALSE(none.reserve_waiting(1));
  EXPECT_FALSE(none.reserve_sending(1));
}

}  // namespace
}  // namespace spillway::delivery
