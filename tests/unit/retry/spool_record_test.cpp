#include "retry/spool_record.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

namespace spillway::retry {
namespace {

constexpr std::string_view kId = "01890a5d-ac96-774b-bcce-b302099a8057";

SpoolRecord a_record() {
  core::Event event;
  event.id = core::EventId::parse(kId).value();
  event.source = "shop \"äöü\"";
  event.received = core::from_micros(1'790'000'000'123'456);
  event.headers = {{"X-Twice", "one"}, {"Content-Type", "application/json"}, {"X-Twice", ""}};
  event.body = std::string("{\"a\":\0\xff}", 8);
  event.untouched = false;
  SpoolRecord record;
  record.event = std::make_shared<const core::Event>(std::move(event));
  record.destination = "acme/eu west";
  record.generation = 3;
  record.hop = 2;
  record.attempts = 7;
  record.opened = core::from_micros(1'790'000'000'123'457);
  record.paused = core::Duration{61'000'001};
  record.due = core::from_micros(1'790'000'100'000'001);
  record.node = "node-1";
  return record;
}

void set(SpoolMessage& message, std::string_view name, std::string value) {
  for (core::Header& header : message.headers) {
    if (header.name == name) {
      header.value = std::move(value);
      return;
    }
  }
  message.headers.push_back({std::string(name), std::move(value)});
}

bool refused(const SpoolMessage& message) {
  const auto decoded = SpoolRecord::decode(message);
  return !decoded && decoded.error().code == core::ErrorCode::corrupt;
}

TEST(SpoolRecord, comes_back_as_it_was) {
  const SpoolRecord record = a_record();
  const auto decoded = SpoolRecord::decode(record.encode());
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->event->id, record.event->id);
  EXPECT_EQ(decoded->event->source, record.event->source);
  EXPECT_EQ(decoded->event->received, record.event->received);
  EXPECT_EQ(decoded->event->headers, record.event->headers);
  EXPECT_EQ(decoded->event->body, record.event->body);
  EXPECT_FALSE(decoded->event->untouched);
  EXPECT_EQ(decoded->destination, record.destination);
  EXPECT_EQ(decoded->generation, 3U);
  EXPECT_EQ(decoded->hop, 2U);
  EXPECT_EQ(decoded->attempts, 7U);
  EXPECT_EQ(decoded->opened, record.opened);
  EXPECT_EQ(decoded->paused, record.paused);
  EXPECT_EQ(decoded->due, record.due);
  EXPECT_EQ(decoded->node, record.node);
}

TEST(SpoolRecord, has_the_key_of_its_delivery_and_headers_of_text) {
  const SpoolMessage message = a_record().encode();
  EXPECT_EQ(message.key, std::string(kId) + "/acme/eu west");
  EXPECT_EQ(message.headers[0], (core::Header{"spillway-event", std::string(kId)}));
  EXPECT_EQ(message.headers.back(), (core::Header{"h-X-Twice", ""}));
}

TEST(SpoolRecord, leaves_the_claim_of_an_event_behind) {
  SpoolRecord record = a_record();
  core::Event event = *record.event;
  event.claim.emplace();
  record.event = std::make_shared<const core::Event>(std::move(event));
  EXPECT_FALSE(SpoolRecord::decode(record.encode())->event->claim);
}

TEST(SpoolRecord, wants_each_header_exactly_once) {
  const SpoolMessage good = a_record().encode();
  for (std::size_t i = 0; i < good.headers.size(); ++i) {
    if (good.headers[i].name.starts_with("h-")) {
      continue;
    }
    SpoolMessage message = good;
    message.headers.push_back(good.headers[i]);
    EXPECT_TRUE(refused(message)) << "twice " << good.headers[i].name;
    message = good;
    message.headers.erase(message.headers.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_TRUE(refused(message)) << "without " << good.headers[i].name;
  }
}

TEST(SpoolRecord, refuses_a_header_of_ours_it_does_not_know_and_ignores_others) {
  SpoolMessage message = a_record().encode();
  set(message, "traceparent", "00-1-2-3");
  EXPECT_TRUE(SpoolRecord::decode(message));
  set(message, "spillway-encrypted", "yes");
  EXPECT_TRUE(refused(message));
  message = a_record().encode();
  for (int i = 0; i < 10'000; ++i) {
    message.headers.push_back({"spillway-" + std::to_string(i), ""});
  }
  EXPECT_TRUE(refused(message));
}

TEST(SpoolRecord, refuses_numbers_and_times_that_are_none) {
  for (const char* const name :
       {"spillway-generation", "spillway-hop", "spillway-attempts", "spillway-opened",
        "spillway-paused", "spillway-due", "spillway-received", "spillway-untouched"}) {
    for (const char* const value : {"", "-1", "+1", "01", "1 ", "0x1", "1.5", "many",
                                    "18446744073709551615", "99999999999999999999999"}) {
      SpoolMessage message = a_record().encode();
      set(message, name, value);
      EXPECT_TRUE(refused(message)) << name << ": " << value;
    }
  }
}

TEST(SpoolRecord, refuses_what_names_no_delivery_or_another) {
  SpoolMessage message = a_record().encode();
  message.key.push_back('x');
  EXPECT_TRUE(refused(message));
  message = a_record().encode();
  message.key.clear();
  EXPECT_TRUE(refused(message));
  message = a_record().encode();
  set(message, "spillway-event", "01890A5D-AC96-774B-BCCE-B302099A8057");
  EXPECT_TRUE(refused(message));
  message = a_record().encode();
  set(message, "spillway-destination", "");
  message.key = std::string(kId) + "/";
  EXPECT_TRUE(refused(message));
  EXPECT_TRUE(refused({}));
}

TEST(SpoolRecord, lets_no_kept_header_break_out_of_a_request) {
  for (const core::Header& header :
       {core::Header{"h-", "x"}, core::Header{"h-A B", "x"}, core::Header{"h-A", "x\r\nB: y"},
        core::Header{"h-A:", "x"}, core::Header{"h-A", std::string("\0", 1)}}) {
    SpoolMessage message = a_record().encode();
    message.headers.push_back(header);
    EXPECT_TRUE(refused(message)) << header.name;
  }
}

}  // namespace
}  // namespace spillway::retry
