#include "retry/fate_record.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

namespace spillway::retry {
namespace {

FateRecord a_fate() {
  FateRecord fate;
  fate.event = core::EventId::parse("01890a5d-ac96-774b-bcce-b302099a8057").value();
  fate.destination = "acme/eu";
  fate.generation = 2;
  fate.state = core::DeliveryState::pending;
  fate.reason = core::Reason::none;
  fate.due = core::from_micros(1'790'000'000'123'456);
  fate.attempts = 4;
  fate.attempt.number = 4;
  fate.attempt.generation = 2;
  fate.attempt.started = core::from_micros(1'790'000'000'000'001);
  fate.attempt.took = core::Duration{1'234'567};
  fate.attempt.outcome = core::Outcome::unknown;
  fate.attempt.status = 503;
  fate.attempt.error = "no answer";
  fate.attempt.excerpt = std::string("busy\0\xff", 6);
  fate.worker = "node-2";
  return fate;
}

void expect_comes_back(const FateRecord& fate) {
  const auto decoded = FateRecord::decode(fate.encode());
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->event, fate.event);
  EXPECT_EQ(decoded->destination, fate.destination);
  EXPECT_EQ(decoded->generation, fate.generation);
  EXPECT_EQ(decoded->state, fate.state);
  EXPECT_EQ(decoded->reason, fate.reason);
  EXPECT_EQ(decoded->due, fate.due);
  EXPECT_EQ(decoded->attempts, fate.attempts);
  EXPECT_EQ(decoded->worker, fate.worker);
  EXPECT_EQ(decoded->attempt.number, fate.attempt.number);
  EXPECT_EQ(decoded->attempt.generation, fate.attempt.generation);
  EXPECT_EQ(decoded->attempt.started, fate.attempt.started);
  EXPECT_EQ(decoded->attempt.took, fate.attempt.took);
  EXPECT_EQ(decoded->attempt.outcome, fate.attempt.outcome);
  EXPECT_EQ(decoded->attempt.status, fate.attempt.status);
  EXPECT_EQ(decoded->attempt.error, fate.attempt.error);
  EXPECT_EQ(decoded->attempt.excerpt, fate.attempt.excerpt);
}

bool refused(const SpoolMessage& message) {
  const auto decoded = FateRecord::decode(message);
  return !decoded && decoded.error().code == core::ErrorCode::corrupt;
}

std::string& header(SpoolMessage& message, std::string_view name) {
  return std::ranges::find(message.headers, name, &core::Header::name)->value;
}

TEST(FateRecord, comes_back_as_it_was) {
  expect_comes_back(a_fate());
}

TEST(FateRecord, comes_back_with_each_state_reason_and_outcome) {
  FateRecord fate = a_fate();
  for (std::size_t i = 0; i < core::kDeliveryStates; ++i) {
    fate.state = static_cast<core::DeliveryState>(i);
    expect_comes_back(fate);
  }
  for (std::size_t i = 0; i < core::kReasons; ++i) {
    fate.reason = static_cast<core::Reason>(i);
    expect_comes_back(fate);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    fate.attempt.outcome = static_cast<core::Outcome>(i);
    expect_comes_back(fate);
  }
}

TEST(FateRecord, tells_of_an_end_without_an_attempt) {
  FateRecord fate = a_fate();
  fate.state = core::DeliveryState::expired;
  fate.reason = core::Reason::ttl;
  fate.attempt = {};
  expect_comes_back(fate);
}

TEST(FateRecord, refuses_half_an_attempt) {
  const SpoolMessage good = a_fate().encode();
  for (std::size_t i = 0; i < good.headers.size(); ++i) {
    SpoolMessage message = good;
    message.headers.erase(message.headers.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_TRUE(refused(message)) << "without " << good.headers[i].name;
    message = good;
    message.headers.push_back(good.headers[i]);
    EXPECT_TRUE(refused(message)) << "twice " << good.headers[i].name;
  }
}

TEST(FateRecord, refuses_values_it_does_not_know) {
  for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
           {"spillway-state", "lost"},
           {"spillway-reason", "?"},
           {"spillway-outcome", ""},
           {"spillway-status", "65536"},
           {"spillway-attempt", "0"},
           {"spillway-took", "-5"},
           {"spillway-started", "999999999999999999"}}) {
    SpoolMessage message = a_fate().encode();
    header(message, name) = value;
    EXPECT_TRUE(refused(message)) << name;
  }
}

TEST(FateRecord, refuses_another_key_and_an_answer_to_no_attempt) {
  SpoolMessage message = a_fate().encode();
  message.key += "2";
  EXPECT_TRUE(refused(message));
  FateRecord fate = a_fate();
  fate.attempt = {};
  message = fate.encode();
  message.value = "ok";
  EXPECT_TRUE(refused(message));
}

}  // namespace
}  // namespace spillway::retry
