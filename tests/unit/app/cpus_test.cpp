#include "app/cpus.hpp"

#include <gtest/gtest.h>

namespace spillway::app {
namespace {

TEST(Cpus, a_quota_pays_for_whole_ones_rounded_up) {
  EXPECT_EQ(cpus_of_quota("200000 100000\n"), 2U);
  EXPECT_EQ(cpus_of_quota("150000 100000\n"), 2U);
  EXPECT_EQ(cpus_of_quota("20000 100000\n"), 1U);
  EXPECT_EQ(cpus_of_quota("0 100000"), 1U);
  EXPECT_EQ(cpus_of_quota("18446744073709551615 1\n"), 1024U);
}

TEST(Cpus, no_quota_says_nothing) {
  for (const char* text : {"", "\n", "max 100000\n", "100000", "100000 0\n", "1e5 100000\n", "-1 5",
                           "100000 x\n", "100000 100000 7\n"}) {
    EXPECT_EQ(cpus_of_quota(text), std::nullopt) << text;
  }
}

TEST(Cpus, the_own_group_is_that_of_version_2) {
  EXPECT_EQ(own_cgroup("0::/system.slice/spillway.service\n"), "system.slice/spillway.service");
  EXPECT_EQ(own_cgroup("12:cpu,cpuacct:/a\n1:name=systemd:/b\n0::/c"), "c");
  EXPECT_EQ(own_cgroup("0::/\n"), "");
  EXPECT_EQ(own_cgroup("12:cpu,cpuacct:/a\n"), std::nullopt);
  EXPECT_EQ(own_cgroup(""), std::nullopt);
}

TEST(Cpus, there_is_at_least_one) {
  EXPECT_GE(usable_cpus(), 1U);
}

}  // namespace
}  // namespace spillway::app
