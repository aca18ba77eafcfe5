#include "app/misbehaviour.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace spillway::app {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::map<Treatment, int> treated(const Misbehaviour& misbehaviour, int count) {
  core::SeededRandom random(1);
  std::map<Treatment, int> treatments;
  for (int i = 0; i < count; ++i) {
    ++treatments[misbehaviour.treat(0s, random)];
  }
  return treatments;
}

TEST(Misbehaviour, accepts_everything_by_default) {
  EXPECT_EQ(treated({}, 1000)[Treatment::accept], 1000);
}

TEST(Misbehaviour, shares_are_kept_beside_each_other) {
  Misbehaviour misbehaviour;
  misbehaviour.fail = 0.3;
  misbehaviour.reset_before = 0.2;
  misbehaviour.reset_after = 0.1;
  auto treatments = treated(misbehaviour, 10'000);
  EXPECT_NEAR(treatments[Treatment::fail], 3000, 200);
  EXPECT_NEAR(treatments[Treatment::reset_before], 2000, 200);
  EXPECT_NEAR(treatments[Treatment::reset_after], 1000, 200);
  EXPECT_NEAR(treatments[Treatment::accept], 4000, 200);
}

TEST(Misbehaviour, a_status_alone_answers_every_request) {
  Misbehaviour misbehaviour;
  ASSERT_TRUE(misbehaviour.set("status", "410"));
  EXPECT_EQ(treated(misbehaviour, 100)[Treatment::fail], 100);
  EXPECT_EQ(misbehaviour.failure_status(), 410);
}

TEST(Misbehaviour, is_down_in_its_windows_but_not_at_first) {
  Misbehaviour misbehaviour;
  ASSERT_TRUE(misbehaviour.set("down_every", "60s"));
  ASSERT_TRUE(misbehaviour.set("down_for", "20s"));
  EXPECT_FALSE(misbehaviour.down(0s));
  EXPECT_FALSE(misbehaviour.down(59s));
  EXPECT_TRUE(misbehaviour.down(60s));
  EXPECT_TRUE(misbehaviour.down(79s));
  EXPECT_FALSE(misbehaviour.down(80s));
  EXPECT_TRUE(misbehaviour.down(125s));
}

TEST(Misbehaviour, refuses_what_it_does_not_understand) {
  Misbehaviour misbehaviour;
  const auto refusal = [&](std::string_view field, std::string_view text) {
    const auto set = misbehaviour.set(field, text);
    return set ? "accepted" : set.error().message;
  };
  EXPECT_THAT(refusal("fail", "1.5"), HasSubstr("a share from 0 to 1"));
  EXPECT_THAT(refusal("fail", "nan"), HasSubstr("a share from 0 to 1"));
  EXPECT_THAT(refusal("status", "99"), HasSubstr("200 to 599"));
  EXPECT_THAT(refusal("delay", "5"), HasSubstr("a duration"));
  EXPECT_THAT(refusal("hang", "maybe"), HasSubstr("true or false"));
  EXPECT_THAT(refusal("retry_after", "-1"), HasSubstr("seconds"));
  EXPECT_THAT(refusal("explode", "1"), HasSubstr("there is no \"explode\""));
}

}  // namespace
}  // namespace spillway::app
