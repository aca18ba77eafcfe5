#include "core/trim.hpp"

#include <gtest/gtest.h>

namespace spillway::core {
namespace {

TEST(Trim, takes_off_spaces_and_tabs_around_and_nothing_else) {
  EXPECT_EQ(trimmed(" \t a \t b\t "), "a \t b");
  EXPECT_EQ(trimmed("a"), "a");
  EXPECT_EQ(trimmed("\r\na"), "\r\na");
  EXPECT_EQ(trimmed(" \t "), "");
  EXPECT_EQ(trimmed(""), "");
}

}  // namespace
}  // namespace spillway::core
