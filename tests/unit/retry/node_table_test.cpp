#include "retry/node_table.hpp"

#include <gtest/gtest.h>

namespace spillway::retry {
namespace {

using std::chrono::seconds;

constexpr core::Duration kLease = seconds(30);

NodeSign alive(std::uint16_t tag) {
  return {.tag = tag, .node = "n", .adopted_by = {}, .lease = kLease, .figures = {}};
}

class NodeTableTest : public testing::Test {
 protected:
  core::Time now_ = core::Time(seconds(1'790'000'000));
  NodeTable table_{5};
};

TEST_F(NodeTableTest, a_node_is_taken_over_when_its_lease_has_passed_in_silence) {
  table_.heard(alive(7), now_);
  EXPECT_EQ(table_.silent(now_ + kLease), std::nullopt);
  EXPECT_EQ(table_.silent(now_ + kLease + seconds(1)), 7);
}

TEST_F(NodeTableTest, it_never_takes_over_itself) {
  table_.heard(alive(5), now_);
  EXPECT_EQ(table_.silent(now_ + 10 * kLease), std::nullopt);
}

TEST_F(NodeTableTest, once_taken_over_it_is_not_again_until_it_was_heard) {
  table_.heard(alive(7), now_);
  NodeSign adopted = alive(7);
  adopted.adopted_by = "other";
  table_.heard(adopted, now_ + seconds(1));
  EXPECT_EQ(table_.silent(now_ + kLease + seconds(1)), 7);  // it was heard: that came late
  table_.heard(adopted, now_ + kLease + seconds(1));
  EXPECT_EQ(table_.silent(now_ + 10 * kLease), std::nullopt);
  table_.heard(alive(7), now_ + kLease);
  EXPECT_EQ(table_.silent(now_ + 10 * kLease), 7);
}

TEST_F(NodeTableTest, the_living_take_turns_by_their_tags) {
  table_.heard(alive(7), now_);
  table_.heard(alive(3), now_ + seconds(20));
  EXPECT_EQ(table_.silent(now_ + kLease + seconds(1)), std::nullopt);
  EXPECT_EQ(table_.silent(now_ + kLease + NodeTable::kTurn + seconds(1)), 7);
}

TEST_F(NodeTableTest, one_that_cannot_be_taken_over_keeps_nobody_waiting) {
  table_.heard(alive(7), now_);
  table_.heard(alive(9), now_);
  const core::Time later = now_ + kLease + seconds(1);
  EXPECT_EQ(table_.silent(later, 0), 7);
  EXPECT_EQ(table_.silent(later, 7), 9);
  EXPECT_EQ(table_.silent(later, 9), 7);
}

TEST_F(NodeTableTest, knows_whether_anything_was_heard_meanwhile) {
  table_.heard(alive(7), now_);
  EXPECT_TRUE(table_.is_silent_since(7, now_));
  EXPECT_FALSE(table_.is_silent_since(8, now_));
  table_.heard(alive(7), now_ + seconds(1));
  EXPECT_FALSE(table_.is_silent_since(7, now_));
}

}  // namespace
}  // namespace spillway::retry
