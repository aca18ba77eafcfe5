#include "retry/accepted_record.hpp"

#include <gtest/gtest.h>

namespace spillway::retry {
namespace {

constexpr std::string_view kId = "01890a5d-ac96-774b-bcce-b302099a8057";

SpoolRecord a_copy(std::string body) {
  auto event = std::make_shared<core::Event>();
  event->id = core::EventId::parse(kId).value();
  event->source = "shop";
  event->body = std::move(body);
  SpoolRecord copy;
  copy.event = std::move(event);
  copy.destination = "acme/eu";
  copy.node = "n1";
  return copy;
}

CopyOver an_end(std::string by) {
  return {core::EventId::parse(kId).value(), "acme/eu", std::move(by)};
}

TEST(AcceptedRecord, a_copy_comes_back_also_without_a_body) {
  for (const char* const body : {"hello", ""}) {
    const auto decoded = decode_accepted(a_copy(body).encode());
    ASSERT_TRUE(decoded) << decoded.error().message;
    const auto* const copy = std::get_if<SpoolRecord>(&*decoded);
    ASSERT_NE(copy, nullptr);
    EXPECT_EQ(copy->event->body, body);
    EXPECT_EQ(copy->destination, "acme/eu");
  }
}

TEST(AcceptedRecord, the_end_of_one_has_its_key_and_no_value) {
  for (const char* const by : {"", "n2"}) {
    const SpoolMessage message = an_end(by).encode();
    EXPECT_EQ(message.key, a_copy("x").encode().key);
    EXPECT_TRUE(message.value.empty());
    const auto decoded = decode_accepted(message);
    ASSERT_TRUE(decoded) << decoded.error().message;
    EXPECT_EQ(std::get<CopyOver>(*decoded), an_end(by));
  }
}

TEST(AcceptedRecord, refuses_what_is_neither) {
  const auto refused = [](const SpoolMessage& message) {
    const auto decoded = decode_accepted(message);
    return !decoded && decoded.error().code == core::ErrorCode::corrupt;
  };
  EXPECT_TRUE(refused({.key = "", .headers = {}, .value = {}}));
  EXPECT_TRUE(refused({.key = std::string(kId), .headers = {}, .value = {}}));
  EXPECT_TRUE(refused({.key = std::string(kId) + "/", .headers = {}, .value = {}}));
  EXPECT_TRUE(refused({.key = std::string(kId) + "/a", .headers = {}, .value = "text"}));
  EXPECT_TRUE(refused(
      {.key = std::string(kId) + "/a", .headers = {{"spillway-adopted-by", ""}}, .value = {}}));
  EXPECT_TRUE(refused(
      {.key = std::string(kId) + "/a", .headers = {{"spillway-unknown", "1"}}, .value = {}}));
}

}  // namespace
}  // namespace spillway::retry
