#include "core/byte_budget.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace spillway::core {
namespace {

TEST(ByteBudget, refuses_what_does_not_fit_and_takes_back_what_is_released) {
  ByteBudget budget(100);
  {
    auto first = budget.reserve(60);
    ASSERT_TRUE(first);
    EXPECT_FALSE(budget.reserve(41));
    EXPECT_TRUE(first.grow(40));
    EXPECT_FALSE(first.grow(1));
    const auto moved = std::move(first);
    EXPECT_EQ(moved.bytes(), 100U);
    EXPECT_EQ(budget.used(), 100U);
  }
  EXPECT_EQ(budget.used(), 0U);
}

TEST(ByteBudget, sizes_near_the_end_of_the_range_do_not_wrap) {
  ByteBudget budget(100);
  const auto some = budget.reserve(50);
  EXPECT_FALSE(budget.reserve(std::numeric_limits<std::size_t>::max()));
  EXPECT_FALSE(budget.reserve(std::numeric_limits<std::size_t>::max() - 20));
  EXPECT_EQ(budget.used(), 50U);
}

}  // namespace
}  // namespace spillway::core
