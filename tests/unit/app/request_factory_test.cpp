// What `send` makes is checked by the gateway's own source kinds.
#include "app/request_factory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/headers.hpp"
#include "gateway/source.hpp"

namespace spillway::app {
namespace {

using gateway::SourceKind;
using gateway::Verdict;
using testing::HasSubstr;

const core::Time kNow{std::chrono::seconds(1'790'000'000)};

class RequestFactoryTest : public testing::Test {
 protected:
  RequestFactory make(RequestOptions options) {
    auto factory = RequestFactory::make(std::move(options), random);
    EXPECT_TRUE(factory) << factory.error().message;
    return std::move(*factory);
  }

  std::string refusal(RequestOptions options) {
    const auto factory = RequestFactory::make(std::move(options), random);
    return factory ? "accepted" : factory.error().message;
  }

  static std::unique_ptr<gateway::Source> source(gateway::SourceOptions options) {
    options.name = "test";
    auto made = gateway::make_source(std::move(options));
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }

  static gateway::Request seen(const OutgoingRequest& request) {
    return {.method = "POST",
            .query = "",
            .headers = request.headers,
            .body = request.body,
            .now = kNow};
  }

  core::SeededRandom random{7};
};

RequestOptions whatsapp() {
  RequestOptions options;
  options.kind = SourceKind::whatsapp;
  options.secrets = {"app secret"};
  return options;
}

gateway::SourceOptions whatsapp_source(std::string secret = "app secret") {
  gateway::SourceOptions options;
  options.kind = SourceKind::whatsapp;
  options.secrets = {std::move(secret)};
  options.verify_token = "token";
  return options;
}

RequestOptions hmac() {
  RequestOptions options;
  options.kind = SourceKind::hmac;
  options.secrets = {"s"};
  options.signature.header = "X-Sig";
  return options;
}

TEST_F(RequestFactoryTest, whatsapp_requests_verify_and_hold_one_update_each) {
  RequestFactory factory = make(whatsapp());
  const auto gate = source(whatsapp_source());
  std::set<std::string> keys;
  for (int i = 0; i < 50; ++i) {
    const OutgoingRequest request = factory.next(kNow);
    EXPECT_EQ(gate->verify(seen(request)), Verdict::ok) << request.body;
    routing::JsonBody json(request.body);
    const gateway::Split split = gate->split(seen(request), json);
    EXPECT_FALSE(split.malformed) << request.body;
    ASSERT_EQ(split.units.size(), 1U) << request.body;
    keys.insert(split.units[0].idempotency_key.value());
  }
  EXPECT_EQ(keys.size(), 50U);
}

TEST_F(RequestFactoryTest, a_batch_holds_as_many_updates_spread_over_the_numbers) {
  RequestOptions options = whatsapp();
  options.whatsapp.batch = 7;
  options.whatsapp.phone_number_ids = {"111", "222"};
  RequestFactory factory = make(options);
  const auto gate = source(whatsapp_source());
  for (int i = 0; i < 10; ++i) {
    const OutgoingRequest request = factory.next(kNow);
    routing::JsonBody json(request.body);
    const gateway::Split split = gate->split(seen(request), json);
    EXPECT_FALSE(split.malformed) << request.body;
    EXPECT_EQ(split.units.size(), 7U);
    EXPECT_THAT(request.body, HasSubstr(R"("phone_number_id":"111")"));
    EXPECT_THAT(request.body, HasSubstr(R"("phone_number_id":"222")"));
  }
}

TEST_F(RequestFactoryTest, another_secret_does_not_verify) {
  RequestFactory factory = make(whatsapp());
  const OutgoingRequest request = factory.next(kNow);
  EXPECT_EQ(source(whatsapp_source("other"))->verify(seen(request)), Verdict::signature_mismatch);
}

TEST_F(RequestFactoryTest, several_secrets_all_sign) {
  RequestOptions options = hmac();
  options.secrets = {"old", "new"};
  const OutgoingRequest request = make(options).next(kNow);
  for (const char* secret : {"old", "new"}) {
    gateway::SourceOptions gate;
    gate.kind = SourceKind::hmac;
    gate.secrets = {secret};
    gate.signature.header = "X-Sig";
    EXPECT_EQ(source(gate)->verify(seen(request)), Verdict::ok) << secret;
  }
}

TEST_F(RequestFactoryTest, hmac_signs_what_the_template_says_with_the_time) {
  RequestOptions options = hmac();
  options.signature.algorithm = core::HashAlgorithm::sha512;
  options.signature.encoding = gateway::SignatureEncoding::base64;
  options.signature.prefix = "v0=";
  options.signature.content = "v0:{header:X-Time}:{body}";
  options.signature.timestamp_header = "X-Time";
  gateway::SourceOptions gate;
  gate.kind = SourceKind::hmac;
  gate.secrets = options.secrets;
  gate.signature = options.signature;
  EXPECT_EQ(source(gate)->verify(seen(make(options).next(kNow))), Verdict::ok);
}

TEST_F(RequestFactoryTest, a_duplicate_is_the_same_byte_by_byte) {
  RequestOptions options = whatsapp();
  options.twice = true;
  RequestFactory factory = make(options);
  const OutgoingRequest first = factory.next(kNow);
  const OutgoingRequest again = factory.next(kNow + std::chrono::seconds(1));
  EXPECT_EQ(first.body, again.body);
  EXPECT_EQ(first.headers, again.headers);
  EXPECT_NE(factory.next(kNow).body, first.body);
}

TEST_F(RequestFactoryTest, numbers_idempotency_keys) {
  RequestOptions options;
  options.idempotency_key = "run-{n}";
  RequestFactory factory = make(options);
  EXPECT_EQ(core::find_header(factory.next(kNow).headers, "Idempotency-Key"), "run-1");
  EXPECT_EQ(core::find_header(factory.next(kNow).headers, "Idempotency-Key"), "run-2");
}

TEST_F(RequestFactoryTest, an_open_body_is_sent_as_given) {
  RequestOptions options;
  options.body = "";
  EXPECT_EQ(make(options).next(kNow).body, "");
}

TEST_F(RequestFactoryTest, says_what_is_wrong_with_its_arguments) {
  RequestOptions unsigned_request = whatsapp();
  unsigned_request.secrets.clear();
  EXPECT_THAT(refusal(unsigned_request), HasSubstr("--secret"));

  RequestOptions open;
  open.secrets = {"s"};
  EXPECT_THAT(refusal(open), HasSubstr("kind open is not signed"));

  RequestOptions headless = hmac();
  headless.signature.header.clear();
  EXPECT_THAT(refusal(headless), HasSubstr("--signature-header"));

  RequestOptions uncovered = hmac();
  uncovered.signature.content = "{header:X-Nonce}.{body}";
  EXPECT_THAT(refusal(uncovered), HasSubstr("X-Nonce"));

  RequestOptions huge = whatsapp();
  huge.whatsapp.batch = 1001;
  EXPECT_THAT(refusal(huge), HasSubstr("1 to 1000 updates, not 1001"));

  RequestOptions named = whatsapp();
  named.whatsapp.phone_number_ids = {"acme"};
  EXPECT_THAT(refusal(named), HasSubstr("digits"));

  RequestOptions split_header;
  split_header.headers = {{"X-A", "1\r\nX-B: 2"}};
  EXPECT_THAT(refusal(split_header), HasSubstr("is no header"));
}

}  // namespace
}  // namespace spillway::app
