#include "delivery/signer.hpp"

#include "core/encoding.hpp"
#include "core/headers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <sstream>
#include <string>

namespace spillway::delivery {
namespace {

using simdjson::dom::element;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAreArray;

std::string text(simdjson::simdjson_result<element> value) {
  return std::string(std::string_view(value));
}

std::vector<std::string> words(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

// What we sign for a request of a vector, with the given secrets.
std::vector<std::string> signatures(element request, std::vector<std::string> secrets) {
  DestinationOptions options;
  options.secrets = std::move(secrets);
  const auto signer = Signer::compile(options);
  EXPECT_TRUE(signer) << signer.error().message;
  const element headers = request["headers"];
  const core::Time now{std::chrono::seconds(std::stoll(text(headers["webhook-timestamp"])))};
  const auto body = core::from_base64(text(request["body_base64"]));
  const auto made = signer->sign(text(headers["webhook-id"]), now, *body);
  EXPECT_EQ(core::find_header(made, "webhook-id"), text(headers["webhook-id"]));
  EXPECT_EQ(core::find_header(made, "webhook-timestamp"), text(headers["webhook-timestamp"]));
  return words(std::string(core::find_header(made, "webhook-signature").value_or("")));
}

TEST(Signer, makes_the_signatures_of_all_vectors) {
  simdjson::dom::parser parser;
  const simdjson::dom::array vectors = parser.load(SPILLWAY_VECTORS "/standard_webhooks_sign.json");
  ASSERT_GT(vectors.size(), 0u);
  for (const element vector : vectors) {
    std::vector<std::string> secrets;
    for (const element secret : vector["secrets"]) {
      secrets.emplace_back(std::string_view(secret));
    }
    EXPECT_THAT(signatures(vector["request"], secrets),
                UnorderedElementsAreArray(words(text(vector["expect"]["signature_header"]))))
        << text(vector["name"]);
  }
}

TEST(Signer, what_receivers_accept_is_what_we_sign) {
  simdjson::dom::parser parser;
  const simdjson::dom::array vectors = parser.load(SPILLWAY_VECTORS "/standard_webhooks_v1.json");
  std::size_t compared = 0;
  for (const element vector : vectors) {
    simdjson::dom::array secrets;
    std::string_view secret;
    if (!bool(vector["expect"]["valid"]) || vector["secrets"].get(secrets) == simdjson::SUCCESS ||
        vector["secret"].get(secret) != simdjson::SUCCESS) {
      continue;  // a receiver with several secrets does not say which one signed
    }
    const element request = vector["request"];
    const auto made = signatures(request, {std::string(secret)});
    ASSERT_EQ(made.size(), 1u);
    EXPECT_THAT(words(text(request["headers"]["webhook-signature"])), testing::Contains(made[0]))
        << text(vector["name"]);
    ++compared;
  }
  EXPECT_GT(compared, 0u);
}

TEST(Signer, adds_metas_signature_with_the_clients_own_secret) {
  DestinationOptions options;
  options.sign = {Signature::standard, Signature::meta};
  options.meta_secret = "key";
  const auto signer = Signer::compile(options);
  ASSERT_TRUE(signer);
  const auto headers =
      signer->sign("id", core::Time{}, "The quick brown fox jumps over the lazy dog");
  EXPECT_EQ(core::find_header(headers, "x-hub-signature-256"),
            "sha256=f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8");
}

TEST(Signer, without_secrets_the_id_and_the_time_still_go_out) {
  const auto signer = Signer::compile({});
  ASSERT_TRUE(signer);
  const auto headers = signer->sign("id", core::Time{}, "body");
  EXPECT_EQ(core::find_header(headers, "webhook-id"), "id");
  EXPECT_FALSE(core::find_header(headers, "webhook-signature"));
}

TEST(Signer, says_which_secret_is_unusable_without_showing_it) {
  const std::string good = "whsec_lOLT1+KxcTkrPiVqvCHT6QoI0uC1MH6I";
  for (const std::string bad : {"whsec_not*base64", "whsk_AAAA", "whpk_AAAA"}) {
    DestinationOptions options;
    options.secrets = {good, bad};
    const auto signer = Signer::compile(options);
    ASSERT_FALSE(signer) << bad;
    EXPECT_THAT(signer.error().message, HasSubstr("secrets[1]"));
    EXPECT_THAT(signer.error().message, Not(HasSubstr(bad.substr(6)))) << bad;
  }
}

TEST(Signer, meta_needs_its_secret) {
  DestinationOptions options;
  options.sign = {Signature::meta};
  EXPECT_FALSE(Signer::compile(options));
}

}  // namespace
}  // namespace spillway::delivery
