#include "gateway/hmac_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/encoding.hpp"
#include "vectors.hpp"

namespace spillway::gateway {
namespace {

using testing::HasSubstr;

SourceOptions shop() {
  SourceOptions options;
  options.name = "shop";
  options.kind = SourceKind::hmac;
  options.secrets = {"s"};
  options.signature.header = "X-Sig";
  return options;
}

SourceOptions timed_shop() {
  SourceOptions options = shop();
  options.signature.content = "v0:{header:X-Time}:{body}:{header:X-Nonce}";
  options.signature.timestamp_header = "x-time";
  return options;
}

std::unique_ptr<Source> made(SourceOptions options) {
  auto source = make_source(std::move(options));
  EXPECT_TRUE(source) << source.error().message;
  return std::move(*source);
}

std::string refusal(SourceOptions options) {
  const auto source = make_source(std::move(options));
  return source ? "accepted" : source.error().message;
}

std::string hex_mac(std::string_view content) {
  return core::to_hex(core::Hmac(core::HashAlgorithm::sha256, "s").sign({content}));
}

TEST(HmacSource, gives_verdict_and_key_of_every_vector) {
  const auto vectors = read_vectors("generic_hmac.json");
  ASSERT_FALSE(vectors.empty());
  for (const Vector& vector : vectors) {
    SourceOptions options = vector.options;
    options.kind = SourceKind::hmac;
    options.verify_token.clear();
    const auto source = made(options);
    const Request request = vector.request();
    EXPECT_EQ(to_string(source->verify(request)), vector.reason) << vector.name;
    if (vector.idempotency_key) {
      routing::JsonBody json(request.body);
      const Split split = source->split(request, json);
      ASSERT_EQ(split.units.size(), 1U);
      EXPECT_EQ(split.units[0].idempotency_key, vector.idempotency_key) << vector.name;
      EXPECT_FALSE(split.units[0].envelope);
    }
  }
}

TEST(HmacSource, signs_headers_before_and_behind_the_body) {
  const auto source = made(timed_shop());
  const auto verdict = [&](std::string time, std::string signature, std::int64_t now) {
    const std::vector<core::Header> headers = {
        {"X-Sig", std::move(signature)}, {"X-Time", std::move(time)}, {"X-Nonce", "n"}};
    return source->verify({"POST", "", headers, "b", core::from_micros(now * 1'000'000)});
  };
  EXPECT_EQ(verdict("1000", hex_mac("v0:1000:b:n"), 1000), Verdict::ok);
  EXPECT_EQ(verdict("1000", hex_mac("v0:1000:b:n"), 1300), Verdict::ok);
  EXPECT_EQ(verdict("1000", hex_mac("v0:1000:b:n"), 1301), Verdict::timestamp_too_old);
  EXPECT_EQ(verdict("1000", hex_mac("v0:1000:b:n"), 700), Verdict::ok);
  EXPECT_EQ(verdict("1000", hex_mac("v0:1000:b:n"), 699), Verdict::timestamp_too_new);
  EXPECT_EQ(verdict("1001", hex_mac("v0:1000:b:n"), 1000), Verdict::signature_mismatch);
  for (const char* time : {"", "-5", "1e3", "1000 x", "99999999999999999999"}) {
    EXPECT_EQ(verdict(time, hex_mac("v0:" + std::string(time) + ":b:n"), 1000),
              Verdict::malformed_timestamp)
        << time;
  }
}

TEST(HmacSource, tells_a_missing_signature_from_a_missing_header) {
  const auto source = made(timed_shop());
  const std::vector<core::Header> unsigned_request = {{"X-Time", "1"}, {"X-Nonce", "n"}};
  const std::vector<core::Header> untimed = {{"X-Sig", hex_mac("v0::b:n")}, {"X-Nonce", "n"}};
  EXPECT_EQ(source->verify({"POST", "", unsigned_request, "b", {}}), Verdict::missing_signature);
  EXPECT_EQ(source->verify({"POST", "", untimed, "b", {}}), Verdict::missing_header);
}

TEST(HmacSource, tells_a_broken_signature_from_a_wrong_one) {
  const auto source = made(shop());
  const auto verdict = [&](std::string signature) {
    const std::vector<core::Header> headers = {{"X-Sig", std::move(signature)}};
    return source->verify({"POST", "", headers, "b", {}});
  };
  EXPECT_EQ(verdict(hex_mac("b")), Verdict::ok);
  EXPECT_EQ(verdict(" " + hex_mac("b") + "\t"), Verdict::ok);
  EXPECT_EQ(verdict("nonsense," + hex_mac("b")), Verdict::ok);
  EXPECT_EQ(verdict(hex_mac("c")), Verdict::signature_mismatch);
  EXPECT_EQ(verdict(std::string(40, 'a')), Verdict::signature_mismatch);
  for (const std::string& broken :
       {std::string(), std::string(","), std::string("sha256="), hex_mac("b").substr(2),
        hex_mac("b") + "00", "sha256=" + hex_mac("b"), std::string(64, 'g')}) {
    EXPECT_EQ(verdict(broken), Verdict::malformed_signature) << broken;
  }
}

std::optional<std::string> key_of(const SourceOptions& options, std::vector<core::Header> headers,
                                  std::string_view body) {
  const auto source = made(options);
  routing::JsonBody json(body);
  return source->split({"POST", "", headers, body, {}}, json).units.at(0).idempotency_key;
}

TEST(HmacSource, the_configured_key_comes_first_then_the_header_then_none) {
  SourceOptions options = shop();
  options.idempotency_key.emplace().json = "/id";
  const std::vector<core::Header> headers = {{"idempotency-key", "\"k-1\""}};
  EXPECT_EQ(key_of(options, headers, R"({"id":7})"), "generic:7");
  for (const char* body : {"{}", R"({"id":null})", R"({"id":""})", R"({"id":{}})", "{", ""}) {
    EXPECT_EQ(key_of(options, headers, body), "idempotency-key:k-1") << body;
  }
  for (const char* body : {"{}", R"({"id":null})", R"({"id":""})", R"({"id":{}})"}) {
    EXPECT_EQ(key_of(options, {}, body), std::nullopt) << body;
  }
  EXPECT_EQ(key_of(shop(), headers, "{}"), "idempotency-key:k-1");
}

TEST(HmacSource, a_body_whose_key_cannot_be_read_is_malformed_not_without_a_key) {
  SourceOptions options = shop();
  options.idempotency_key.emplace().json = "/id";
  const auto source = made(options);
  const auto split = [&](std::string_view body, const std::vector<core::Header>& headers = {}) {
    routing::JsonBody json(body);
    return source->split({"POST", "", headers, body, {}}, json);
  };
  const std::string levels(5000, '[');
  const std::string deep = R"({"id":7,"x":)" + levels + std::string(5000, ']') + "}";
  for (const std::string_view body : {std::string_view(deep), std::string_view("{")}) {
    EXPECT_TRUE(split(body).malformed);
    EXPECT_EQ(split(body).units.at(0).idempotency_key,
              "generic:body:" + core::to_hex(core::sha256(body)));
    EXPECT_FALSE(split(body, {{"Idempotency-Key", "k-1"}}).malformed);
  }
  EXPECT_FALSE(split("{}").malformed);
}

TEST(HmacSource, the_idempotency_key_header_may_be_quoted_or_bare) {
  const auto key = [](std::string value) {
    return key_of(shop(), {{"Idempotency-Key", std::move(value)}}, "");
  };
  EXPECT_EQ(key("8e03"), "idempotency-key:8e03");
  EXPECT_EQ(key("\"8e03\""), "idempotency-key:8e03");
  EXPECT_EQ(key(" \"8e03\" ; v=1"), "idempotency-key:8e03");
  EXPECT_EQ(key(R"("a\"b\\c")"), R"(idempotency-key:a"b\c)");
  EXPECT_EQ(key("\"open"), "idempotency-key:\"open");
  EXPECT_EQ(key(""), std::nullopt);
  EXPECT_EQ(key("\"\""), std::nullopt);
}

TEST(HmacSource, acks_202_and_dedups_for_72_hours_unless_told_otherwise) {
  SourceOptions options = shop();
  EXPECT_EQ(made(options)->ack_status(), 202);
  EXPECT_FALSE(made(options)->replies_without_body());
  EXPECT_EQ(made(options)->dedup_window(), std::chrono::hours(72));
  options.ack_status = 204;
  options.dedup.window = std::chrono::minutes(1);
  EXPECT_EQ(made(options)->ack_status(), 204);
  EXPECT_EQ(made(options)->dedup_window(), std::chrono::minutes(1));
  EXPECT_FALSE(made(options)->handshake({"GET", "", {}, "", {}}));
}

TEST(HmacSource, refuses_a_configuration_that_could_not_verify) {
  SourceOptions options = shop();
  options.secrets.clear();
  EXPECT_THAT(refusal(options), HasSubstr("source \"shop\": \"secrets\""));
  options = shop();
  options.signature.header.clear();
  EXPECT_THAT(refusal(options), HasSubstr("header"));
  options = shop();
  options.signature.timestamp_header = "X-Time";
  EXPECT_THAT(refusal(options), HasSubstr("{header:X-Time}"));
  for (const char* content :
       {"", "text", "{header:X}", "{body}{body}", "{body", "{header:}{body}", "{url}{body}"}) {
    options = shop();
    options.signature.content = content;
    EXPECT_THAT(refusal(options), HasSubstr("\"content\"")) << content;
  }
  options = shop();
  options.idempotency_key.emplace();
  EXPECT_THAT(refusal(options), HasSubstr("exactly one"));
  options.idempotency_key->json = "id";
  EXPECT_THAT(refusal(options), HasSubstr("\"idempotency_key\": "));
}

TEST(OpenSource, takes_every_request_whole) {
  SourceOptions options;
  options.name = "any";
  options.idempotency_key.emplace().header = "X-Id";
  const auto source = made(options);
  const std::vector<core::Header> headers = {{"x-id", "5"}};
  const Request request{"POST", "", headers, "no json", {}};
  EXPECT_EQ(source->verify(request), Verdict::ok);
  routing::JsonBody json(request.body);
  const Split split = source->split(request, json);
  ASSERT_EQ(split.units.size(), 1U);
  EXPECT_EQ(split.units[0].idempotency_key, "generic:5");
  EXPECT_EQ(split.units[0].body(request), "no json");
  options.secrets = {"s"};
  EXPECT_THAT(refusal(options), HasSubstr("kind open verifies nothing"));
}

}  // namespace
}  // namespace spillway::gateway
