#include "config/units.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace spillway::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(Units, durations_need_a_whole_number_and_a_unit) {
  EXPECT_EQ(parse_duration("500ms"), milliseconds(500));
  EXPECT_EQ(parse_duration("7d"), hours(7 * 24));
  EXPECT_EQ(parse_duration("0"), core::Duration{});
  for (const char* wrong : {"", "5", "5 s", "-5s", "1.5h", "5sec", "s", "99999999999d"}) {
    EXPECT_FALSE(parse_duration(wrong)) << wrong;
  }
}

TEST(Units, sizes_are_binary) {
  EXPECT_EQ(parse_size("64KiB"), 65'536U);
  EXPECT_EQ(parse_size("20GiB"), std::uint64_t{20} << 30);
  for (const char* wrong : {"", "5", "5MB", "-1B", "1.5GiB", "99999999999999TiB"}) {
    EXPECT_FALSE(parse_size(wrong)) << wrong;
  }
}

TEST(Units, sizes_are_told_in_the_largest_whole_unit) {
  EXPECT_EQ(size_text(0), "0B");
  EXPECT_EQ(size_text(1025), "1025B");
  EXPECT_EQ(size_text(std::uint64_t{256} << 20), "256MiB");
  EXPECT_EQ(size_text(std::uint64_t{4096} << 40), "4096TiB");
}

TEST(Units, the_nearest_word_must_be_near) {
  const std::vector<std::string_view> words{"retention", "destinations", "routes"};
  EXPECT_EQ(nearest("retentoin", words), "retention");
  EXPECT_EQ(nearest("route", words), "routes");
  EXPECT_EQ(nearest("xyzzy", words), "");
}

}  // namespace
}  // namespace spillway::config
