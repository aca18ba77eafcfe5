#include "app/webhook_verifier.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/encoding.hpp"

namespace spillway::app {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// The known answer of the Standard Webhooks specification's reference libraries.
constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kBody = R"({"test": 2432232314})";
const core::Time kSent{std::chrono::seconds(1'614'265'330)};

std::vector<core::Header> signed_headers() {
  return {{"Webhook-Id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
          {"Webhook-Timestamp", "1614265330"},
          {"Webhook-Signature", "v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}};
}

WebhookVerifier standard() {
  return WebhookVerifier::make({.secrets = {kSecret}, .meta_secret = ""}).value();
}

TEST(WebhookVerifier, accepts_the_known_answer) {
  EXPECT_THAT(standard().check(signed_headers(), kBody, kSent), IsEmpty());
}

TEST(WebhookVerifier, refuses_another_body_secret_or_time) {
  EXPECT_THAT(standard().check(signed_headers(), "{}", kSent), HasSubstr("no signature"));
  const auto other = WebhookVerifier::make({.secrets = {"whsec_AAAA"}, .meta_secret = ""}).value();
  EXPECT_THAT(other.check(signed_headers(), kBody, kSent), HasSubstr("no signature"));
  auto later = signed_headers();
  later[1].value = "1614265331";
  EXPECT_THAT(standard().check(later, kBody, kSent), HasSubstr("no signature"));
}

TEST(WebhookVerifier, tolerates_five_minutes_both_ways) {
  const auto seconds = [](int count) { return std::chrono::seconds(count); };
  EXPECT_THAT(standard().check(signed_headers(), kBody, kSent + seconds(300)), IsEmpty());
  EXPECT_THAT(standard().check(signed_headers(), kBody, kSent - seconds(300)), IsEmpty());
  EXPECT_THAT(standard().check(signed_headers(), kBody, kSent + seconds(301)), HasSubstr("300 s"));
  EXPECT_THAT(standard().check(signed_headers(), kBody, kSent - seconds(301)), HasSubstr("300 s"));
}

TEST(WebhookVerifier, says_what_is_missing) {
  EXPECT_THAT(standard().check({}, kBody, kSent), HasSubstr("missing"));
  auto headers = signed_headers();
  headers[1].value = "soon";
  EXPECT_THAT(standard().check(headers, kBody, kSent), HasSubstr("Unix seconds"));
}

TEST(WebhookVerifier, checks_meta_signatures) {
  const auto verifier = WebhookVerifier::make({.secrets = {}, .meta_secret = "app"}).value();
  const std::string mac =
      core::to_hex(core::Hmac(core::HashAlgorithm::sha256, "app").sign({kBody}));
  const std::vector<core::Header> headers{{"X-Hub-Signature-256", "sha256=" + mac}};
  EXPECT_THAT(verifier.check(headers, kBody, kSent), IsEmpty());
  EXPECT_THAT(verifier.check(headers, "other", kSent), HasSubstr("does not match"));
  EXPECT_THAT(verifier.check({}, kBody, kSent), HasSubstr("missing"));
}

TEST(WebhookVerifier, refuses_a_secret_that_is_none) {
  EXPECT_FALSE(WebhookVerifier::make({.secrets = {"whsec_not base64"}, .meta_secret = ""}));
}

}  // namespace
}  // namespace spillway::app
