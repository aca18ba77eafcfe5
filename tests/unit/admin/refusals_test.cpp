#include "admin/refusals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/log.hpp"

namespace spillway::admin {
namespace {

using testing::HasSubstr;

class RefusalsTest : public testing::Test {
 protected:
  RefusalsTest() { testing::internal::CaptureStderr(); }

  static std::string logged() { return testing::internal::GetCapturedStderr(); }
  static std::ptrdiff_t lines(const std::string& log) { return std::ranges::count(log, '\n'); }

  core::Registry registry;
  Refusals refusals{registry};
  core::Time now{std::chrono::hours(1)};
};

TEST_F(RefusalsTest, say_who_asked_for_what_and_from_where) {
  refusals.wrong_token("192.0.2.7", now);
  refusals.beyond_role({.name = "board", .role = Role::viewing}, "192.0.2.8", "POST /v1/purge",
                       now);
  const std::string log = logged();
  EXPECT_THAT(log, HasSubstr("token.refused"));
  EXPECT_THAT(log, HasSubstr("192.0.2.7"));
  EXPECT_THAT(log, HasSubstr("role.refused"));
  EXPECT_THAT(log, HasSubstr("board"));
  EXPECT_THAT(log, HasSubstr("POST /v1/purge"));
}

TEST_F(RefusalsTest, are_logged_at_a_bounded_rate_of_which_neither_sort_takes_the_other_its_share) {
  for (int i = 0; i < 10'000; ++i) {
    refusals.wrong_token("192.0.2.7", now);
  }
  refusals.beyond_role({.name = "board"}, "192.0.2.8", "POST /v1/purge", now);
  now += std::chrono::seconds(2);
  for (int i = 0; i < 10'000; ++i) {
    refusals.wrong_token("192.0.2.7", now);
  }
  const std::string log = logged();
  EXPECT_EQ(lines(log), 1 + static_cast<int>(Refusals::kLines.burst) + 2);
  EXPECT_THAT(log, HasSubstr("role.refused"));
  EXPECT_EQ(
      registry.counter("spillway_admin_refused_total", "", {{"reason", "wrong_token"}}).value(),
      20'000);
}

}  // namespace
}  // namespace spillway::admin
