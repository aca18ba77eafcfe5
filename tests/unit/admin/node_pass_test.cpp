#include "admin/node_pass.hpp"

#include <gtest/gtest.h>

#include <string>

namespace spillway::admin {
namespace {

using std::chrono::seconds;

constexpr std::string_view kSecret = "a secret that all nodes of this cluster share";
const core::Time kNow{std::chrono::hours(500'000)};
const PassedOn kPassed{.node = "n1;eu", .who = "on call, 100%", .role = Role::viewing};

PassedRequest request(std::string_view target = "/v1/purge?x=1") {
  static const std::string kDigest = content_digest("{}");
  return {.method = "POST", .target = target, .content_digest = kDigest, .to = 0xbeef};
}

std::string pass(std::string_view secret = kSecret) {
  return NodePass(secret).sign(request(), kPassed, kNow);
}

bool taken(std::string_view value, const PassedRequest& asked = request(), core::Time now = kNow) {
  return NodePass(kSecret).check(value, asked, now).has_value();
}

TEST(NodePass, says_who_passed_it_on_and_for_whom) {
  const auto passed = NodePass(kSecret).check(pass(), request(), kNow + seconds(29));
  ASSERT_TRUE(passed) << passed.error().message;
  EXPECT_EQ(*passed, kPassed);
  EXPECT_TRUE(taken(pass(), request(), kNow - seconds(29)));
}

TEST(NodePass, holds_for_one_request_only) {
  EXPECT_FALSE(taken(pass(), request("/v1/purge?x=2")));
  PassedRequest other = request();
  other.method = "PUT";
  EXPECT_FALSE(taken(pass(), other));
  other = request();
  other.to = 0xbeee;
  EXPECT_FALSE(taken(pass(), other));
  const std::string digest = content_digest("{} ");
  other = request();
  other.content_digest = digest;
  EXPECT_FALSE(taken(pass(), other));
}

TEST(NodePass, holds_for_half_a_minute) {
  EXPECT_FALSE(taken(pass(), request(), kNow + seconds(31)));
  EXPECT_FALSE(taken(pass(), request(), kNow - seconds(31)));
}

TEST(NodePass, takes_the_secret_to_make) {
  EXPECT_FALSE(taken(pass("a secret that another cluster's nodes share")));
  const std::string value = pass();
  for (std::size_t i = 0; i < value.size(); ++i) {
    std::string changed = value;
    changed[i] = changed[i] == '1' ? '2' : '1';
    EXPECT_FALSE(taken(changed)) << changed;
  }
  for (const std::string_view wrong : {"", ";", "v1", "v1;1;n1;operator;me;"}) {
    EXPECT_FALSE(taken(wrong)) << wrong;
  }
}

TEST(NodePass, says_nothing_of_the_secret_when_it_is_refused) {
  const auto refused = NodePass(kSecret).check("v1;x", request(), kNow);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::ErrorCode::unauthenticated);
  EXPECT_FALSE(refused.error().message.contains(kSecret));
}

}  // namespace
}  // namespace spillway::admin
