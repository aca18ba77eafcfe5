#include "gateway/whatsapp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/encoding.hpp"
#include "routing/json_pointer.hpp"
#include "vectors.hpp"

namespace spillway::gateway {
namespace {

using testing::HasSubstr;

std::unique_ptr<Source> whatsapp(SourceOptions options) {
  options.kind = SourceKind::whatsapp;
  auto source = make_source(std::move(options));
  EXPECT_TRUE(source) << source.error().message;
  return std::move(*source);
}

SourceOptions with_secret(std::string secret) {
  SourceOptions options;
  options.name = "waba";
  options.secrets = {std::move(secret)};
  options.verify_token = "token";
  return options;
}

std::string signature_of(std::string_view secret, std::string_view body) {
  return "sha256=" + core::to_hex(core::Hmac(core::HashAlgorithm::sha256, secret).sign({body}));
}

Verdict verdict_of(const Source& source, std::vector<core::Header> headers, std::string_view body) {
  return source.verify({"POST", "", headers, body, {}});
}

std::optional<std::string> at(std::string_view body, std::string_view pointer) {
  routing::JsonBody json(body);
  const auto root = json.root();
  const auto value = root ? routing::JsonPointer::parse(pointer)->resolve(*root) : std::nullopt;
  return value ? value->text() : std::nullopt;
}

TEST(Whatsapp, gives_the_verdict_of_every_signature_vector) {
  const auto vectors = read_vectors("meta_signature.json");
  ASSERT_FALSE(vectors.empty());
  for (const Vector& vector : vectors) {
    const Verdict verdict = whatsapp(vector.options)->verify(vector.request());
    EXPECT_EQ(to_string(verdict), vector.reason) << vector.name;
  }
}

TEST(Whatsapp, answers_every_handshake_vector) {
  const auto vectors = read_vectors("meta_challenge.json");
  ASSERT_FALSE(vectors.empty());
  for (const Vector& vector : vectors) {
    const auto handshake = whatsapp(vector.options)->handshake(vector.request());
    ASSERT_TRUE(handshake) << vector.name;
    EXPECT_EQ(to_string(handshake->verdict), vector.reason) << vector.name;
    EXPECT_EQ(handshake->reply, vector.response_body) << vector.name;
  }
}

TEST(Whatsapp, finds_the_events_of_every_payload_vector) {
  const auto vectors = read_vectors("waba_payloads.json");
  ASSERT_FALSE(vectors.empty());
  for (const Vector& vector : vectors) {
    const auto source = whatsapp(vector.options);
    const Request request = vector.request();
    EXPECT_EQ(source->verify(request), Verdict::ok) << vector.name;
    routing::JsonBody json(request.body);
    const Split split = source->split(request, json);
    EXPECT_EQ(split.malformed, vector.reason == "malformed_body") << vector.name;
    if (!vector.events) {
      continue;
    }
    ASSERT_EQ(split.units.size(), vector.events->size()) << vector.name;
    for (std::size_t i = 0; i < split.units.size(); ++i) {
      const Unit& unit = split.units[i];
      const ExpectedEvent& event = (*vector.events)[i];
      EXPECT_EQ(unit.idempotency_key, event.key) << vector.name;
      EXPECT_EQ(unit.envelope.has_value(), split.units.size() > 1) << vector.name;
      EXPECT_EQ(at(unit.body(request), "/entry/0/id"), event.account) << vector.name;
      EXPECT_EQ(at(unit.body(request), "/entry/0/changes/0/value/metadata/phone_number_id"),
                event.phone_number_id)
          << vector.name;
    }
  }
}

TEST(Whatsapp, the_legacy_sha1_signature_is_never_believed) {
  const auto source = whatsapp(with_secret("s"));
  const std::string legacy =
      "sha1=" + core::to_hex(core::Hmac(core::HashAlgorithm::sha1, "s").sign({"{}"}));
  EXPECT_EQ(verdict_of(*source, {{"X-Hub-Signature", legacy}}, "{}"), Verdict::missing_signature);
  EXPECT_EQ(verdict_of(*source, {{"X-Hub-Signature-256", legacy}}, "{}"),
            Verdict::malformed_signature);
  EXPECT_EQ(verdict_of(*source, {{"X-Hub-Signature-256", "sha256=" + legacy.substr(5)}}, "{}"),
            Verdict::signature_mismatch);
}

TEST(Whatsapp, every_active_secret_is_tried) {
  SourceOptions options = with_secret("old");
  options.secrets.emplace_back("new");
  const auto source = whatsapp(options);
  for (const char* secret : {"old", "new"}) {
    EXPECT_EQ(verdict_of(*source, {{"x-hub-signature-256", signature_of(secret, "body")}}, "body"),
              Verdict::ok);
  }
  EXPECT_EQ(verdict_of(*source, {{"x-hub-signature-256", signature_of("x", "body")}}, "body"),
            Verdict::signature_mismatch);
}

TEST(Whatsapp, a_flood_of_candidate_signatures_is_refused) {
  const auto source = whatsapp(with_secret("s"));
  std::string many;
  for (std::size_t i = 0; i < SignatureCheck::kCandidatesMax; ++i) {
    many += signature_of("x", "body") + ", ";
  }
  EXPECT_EQ(
      verdict_of(*source, {{"X-Hub-Signature-256", many + signature_of("s", "body")}}, "body"),
      Verdict::malformed_signature);
  EXPECT_EQ(verdict_of(*source,
                       {{"X-Hub-Signature-256", signature_of("x", "body")},
                        {"X-Hub-Signature-256", signature_of("s", "body")}},
                       "body"),
            Verdict::ok);
}

TEST(Whatsapp, a_handshake_echoes_the_decoded_challenge_and_nothing_unbounded) {
  const auto source = whatsapp(with_secret("s"));
  const auto handshake = [&](std::string query) {
    return *source->handshake({"GET", query, {}, "", {}});
  };
  const std::string good = "hub.mode=subscribe&hub.verify_token=token&hub.challenge=";
  EXPECT_EQ(handshake(good + "a%2Bb+c").reply, "a+b c");
  EXPECT_EQ(handshake("hub%2Emode=subscribe&hub.verify_token=%74oken&hub.challenge=1").reply, "1");
  EXPECT_EQ(handshake(good).verdict, Verdict::missing_challenge);
  EXPECT_EQ(handshake(good + "%zz").verdict, Verdict::missing_challenge);
  EXPECT_EQ(handshake(good + std::string(WhatsappSource::kChallengeBytesMax + 1, '1')).verdict,
            Verdict::missing_challenge);
  EXPECT_EQ(handshake("").verdict, Verdict::unsupported_mode);
  EXPECT_EQ(handshake("hub.mode=unsubscribe&hub.verify_token=token&hub.challenge=1").verdict,
            Verdict::unsupported_mode);
  EXPECT_FALSE(source->handshake({"POST", good + "1", {}, "", {}}));
}

TEST(Whatsapp, without_a_verify_token_no_handshake_succeeds) {
  SourceOptions options = with_secret("s");
  options.verify_token.clear();
  const auto source = whatsapp(options);
  const auto handshake = source->handshake(
      {"GET", "hub.mode=subscribe&hub.verify_token=&hub.challenge=1", {}, "", {}});
  EXPECT_EQ(handshake->verdict, Verdict::verify_token_mismatch);
}

TEST(Whatsapp, keeps_signature_headers_only_where_they_still_sign) {
  SourceOptions options = with_secret("s");
  options.keep_headers = {"X-Tenant"};
  const auto source = whatsapp(options);
  const std::vector<core::Header> headers = {{"Host", "h"},
                                             {"content-type", "application/json"},
                                             {"X-HUB-SIGNATURE-256", "sha256=1"},
                                             {"x-hub-signature", "sha1=1"},
                                             {"x-tenant", "t"},
                                             {"traceparent", "00-1"},
                                             {"Ce-Id", "c"},
                                             {"Authorization", "secret"}};
  const Request request{"POST", "", headers, "", {}};
  const auto names = [&](const Unit& unit) {
    std::vector<std::string> found;
    for (const core::Header& header : source->kept_headers(request, unit)) {
      found.push_back(header.name);
    }
    return found;
  };
  Unit unit;
  EXPECT_THAT(names(unit),
              testing::ElementsAre("content-type", "X-HUB-SIGNATURE-256", "x-hub-signature",
                                   "x-tenant", "traceparent", "Ce-Id"));
  unit.envelope = "{}";
  EXPECT_THAT(names(unit),
              testing::ElementsAre("content-type", "x-tenant", "traceparent", "Ce-Id"));
}

TEST(Whatsapp, its_sender_gets_200_an_empty_reply_and_eight_days_of_dedup) {
  const auto source = whatsapp(with_secret("s"));
  EXPECT_EQ(source->ack_status(), 200);
  EXPECT_TRUE(source->replies_without_body());
  EXPECT_EQ(source->dedup_window(), std::chrono::days(8));
  EXPECT_EQ(source->options().path, "/in/waba");
}

TEST(Whatsapp, refuses_a_configuration_that_could_not_verify) {
  SourceOptions options;
  options.name = "waba";
  options.kind = SourceKind::whatsapp;
  EXPECT_THAT(make_source(options).error().message, HasSubstr("source \"waba\": \"secrets\""));
  options.secrets = {""};
  EXPECT_THAT(make_source(options).error().message, HasSubstr("secrets"));
  options.secrets = {"s"};
  options.idempotency_key.emplace().body_sha256 = true;
  EXPECT_THAT(make_source(options).error().message, HasSubstr("idempotency_key"));
}

}  // namespace
}  // namespace spillway::gateway
