#include "retry/lease.hpp"

#include <gtest/gtest.h>

namespace spillway::retry {
namespace {

using std::chrono::seconds;

class LeaseTest : public testing::Test {
 protected:
  core::Duration now_ = seconds(1000);
  Lease lease_{seconds(30), [this] { return now_; }};
};

TEST_F(LeaseTest, does_not_hold_before_it_was_taken) {
  EXPECT_FALSE(lease_.holds());
  EXPECT_FALSE(lease_.renew(now_));
  EXPECT_FALSE(lease_.holds());
  const std::uint64_t before = lease_.turn();
  lease_.take(now_);
  EXPECT_TRUE(lease_.holds());
  EXPECT_NE(lease_.turn(), before);
}

TEST_F(LeaseTest, holds_for_half_its_length_after_a_sign) {
  lease_.take(now_);
  now_ += seconds(15) - core::Duration(1);
  EXPECT_TRUE(lease_.holds());
  now_ += core::Duration(1);
  EXPECT_FALSE(lease_.holds());
}

TEST_F(LeaseTest, no_attempt_begins_that_could_outlast_it) {
  lease_.take(now_);
  now_ += seconds(5);
  EXPECT_TRUE(lease_.holds_for(seconds(24)));
  EXPECT_FALSE(lease_.holds_for(seconds(25)));
}

TEST_F(LeaseTest, counts_from_when_the_sign_was_written) {
  lease_.take(now_);
  const core::Duration written = now_ + seconds(5);
  now_ += seconds(12);
  EXPECT_TRUE(lease_.renew(written));
  now_ = written + seconds(15);
  EXPECT_FALSE(lease_.holds());
}

TEST_F(LeaseTest, a_late_sign_renews_it_while_nobody_can_have_begun_to_take_over) {
  lease_.take(now_);
  now_ += seconds(29);
  EXPECT_FALSE(lease_.holds());
  EXPECT_TRUE(lease_.renew(now_ - seconds(1)));
  EXPECT_TRUE(lease_.holds());
}

TEST_F(LeaseTest, and_not_after_that) {
  lease_.take(now_);
  now_ += seconds(30);
  EXPECT_FALSE(lease_.renew(now_ - seconds(1)));
  EXPECT_FALSE(lease_.renew(now_));
  EXPECT_FALSE(lease_.holds());
  lease_.take(now_);
  EXPECT_TRUE(lease_.renew(now_));
}

TEST_F(LeaseTest, is_long_enough_for_the_longest_attempt_twice) {
  EXPECT_EQ(Lease::length_for(seconds(3)), seconds(30));
  EXPECT_EQ(Lease::length_for(seconds(40)), seconds(80));
}

}  // namespace
}  // namespace spillway::retry
