#include "retry/topics.hpp"

#include <gtest/gtest.h>

namespace spillway::retry {
namespace {

TEST(Topics, what_concerns_a_node_lies_in_its_partition) {
  EXPECT_EQ(node_partition(0, 12), 0);
  EXPECT_EQ(node_partition(65'535, 12), 3);
  EXPECT_EQ(node_partition(65'535, 1), 0);
}

}  // namespace
}  // namespace spillway::retry
