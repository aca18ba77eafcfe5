#include "retry/control_record.hpp"

#include <gtest/gtest.h>

namespace spillway::retry {
namespace {

constexpr std::string_view kId = "01890a5d-ac96-774b-bcce-b302099a8057";

ControlRecord a_void() {
  return {.asks = VoidCopies{.event = core::EventId::parse(kId).value(),
                             .destination = "acme/3/eu",
                             .generation = 12}};
}

ControlRecord a_pause(bool paused) {
  return {.asks = PauseEverywhere{
              .destination = "acme/eu", .paused = paused, .reason = "maintenance", .node = "n1"}};
}

void expect_comes_back(const ControlRecord& record) {
  const auto decoded = ControlRecord::decode(record.encode());
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded, record);
}

bool refused(const SpoolMessage& message) {
  const auto decoded = ControlRecord::decode(message);
  return !decoded && decoded.error().code == core::ErrorCode::corrupt;
}

ControlRecord a_sign(std::string adopted_by) {
  return {.asks = NodeSign{.tag = 513,
                           .node = "n1",
                           .adopted_by = std::move(adopted_by),
                           .admin = "http://10.0.0.1:8081",
                           .lease = std::chrono::seconds(30),
                           .figures = {.accepted = 7, .pending = 5, .dead = 1}}};
}

TEST(ControlRecord, comes_back_as_it_was) {
  expect_comes_back(a_sign(""));
  expect_comes_back(a_sign("n2"));
  expect_comes_back(a_void());
  expect_comes_back(a_pause(true));
  expect_comes_back(a_pause(false));
}

TEST(ControlRecord, of_a_pause_carries_those_before_it) {
  ControlRecord record = a_pause(false);
  const auto at = [](int second) { return core::Time{std::chrono::seconds(second)}; };
  std::get<PauseEverywhere>(record.asks).pauses = {{at(1), at(5)}, {at(7), at(8)}};
  expect_comes_back(record);
  for (const std::string_view wrong : {"1", "1-", "1-2,", "1-2,-", "x-2", "1-2;3-4"}) {
    SpoolMessage message = record.encode();
    message.headers.back() = {"spillway-pauses", std::string(wrong)};
    EXPECT_TRUE(refused(message)) << wrong;
  }
}

TEST(ControlRecord, is_over_by_its_key_alone) {
  ControlRecord record = a_void();
  record.over = true;
  const SpoolMessage message = record.encode();
  EXPECT_EQ(message.key, a_void().encode().key);
  EXPECT_TRUE(message.value.empty());
  expect_comes_back(record);
  // As it is after a log that keeps no headers of what has no value.
  const auto decoded = ControlRecord::decode({.key = message.key, .headers = {}, .value = {}});
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, record);
  const auto pause = ControlRecord::decode({.key = "pause/acme", .headers = {}, .value = {}});
  ASSERT_TRUE(pause);
  EXPECT_EQ(
      *pause,
      (ControlRecord{
          .asks = PauseEverywhere{.destination = "acme", .paused = false, .reason = "", .node = ""},
          .over = true}));
}

TEST(ControlRecord, has_a_key_for_each_generation_and_one_for_each_destination) {
  ControlRecord next = a_void();
  std::get<VoidCopies>(next.asks).generation = 13;
  EXPECT_NE(next.encode().key, a_void().encode().key);
  EXPECT_EQ(a_pause(true).encode().key, a_pause(false).encode().key);
}

TEST(ControlRecord, refuses_keys_that_ask_for_nothing) {
  const std::string id(kId);
  for (const std::string& key :
       {std::string(), std::string("void/"), "void/" + id, "void/" + id + "/", "void/" + id + "/1",
        "void/" + id + "/1/", "void/" + id + "//acme", "void/" + id + "/01/a",
        "void/" + id + "/-1/a", "void/" + id + "/99999999999/a", "void/" + id.substr(1) + "/1/a",
        std::string("void/01890A5D-ac96-774b-bcce-b302099a8057/1/a"), std::string("pause/"),
        std::string("pause"), std::string("reload/x")}) {
    EXPECT_TRUE(refused({.key = key, .headers = {}, .value = {}})) << key;
    EXPECT_TRUE(refused({.key = key, .headers = {}, .value = "1"})) << key;
  }
}

TEST(ControlRecord, refuses_other_values_and_headers) {
  SpoolMessage message = a_void().encode();
  message.value = "2";
  EXPECT_TRUE(refused(message));
  message = a_void().encode();
  message.headers.push_back({"spillway-until", "tomorrow"});
  EXPECT_TRUE(refused(message));
  message = a_pause(true).encode();
  message.headers[0].value = "2";
  EXPECT_TRUE(refused(message));
  message = a_pause(true).encode();
  message.headers.pop_back();
  EXPECT_TRUE(refused(message));
}

}  // namespace
}  // namespace spillway::retry
