#include "delivery/request_headers.hpp"

#include "core/headers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace spillway::delivery {
namespace {

using testing::MatchesRegex;

const core::Time kNow = core::from_micros(1'790'000'000'000'000);

class RequestHeaders : public testing::Test {
 protected:
  std::vector<core::Header> made() {
    auto event = std::make_shared<core::Event>();
    event->id = *core::EventId::parse("01a0c450-6c00-7002-9590-ff0b4dc35cc1");
    event->source = "waba";
    event->headers = kept;
    event->body = "{}";
    SendRequest request;
    request.event = std::move(event);
    request.attempt = 3;
    request.sequence = sequence;
    request.out_of_order = out_of_order;
    auto signer = Signer::compile(options);
    request.destination =
        std::make_shared<Destination>(Destination{1, options, *std::move(signer), nullptr});
    return request_headers(request, kNow, random);
  }
  static std::string value(const std::vector<core::Header>& headers, std::string_view name) {
    return std::string(core::find_header(headers, name).value_or("(none)"));
  }
  static std::ptrdiff_t count(const std::vector<core::Header>& headers, std::string_view name) {
    return std::ranges::count_if(headers, [&](const core::Header& header) {
      return core::equal_ignoring_case(header.name, name);
    });
  }

  std::vector<core::Header> kept;
  DestinationOptions options;
  std::optional<journal::Sequence> sequence;
  bool out_of_order = false;
  core::SeededRandom random{1};
};

TEST_F(RequestHeaders, tell_the_event_the_attempt_and_the_source) {
  const auto headers = made();
  EXPECT_EQ(value(headers, "webhook-id"), "01a0c450-6c00-7002-9590-ff0b4dc35cc1");
  EXPECT_EQ(value(headers, "webhook-timestamp"), "1790000000");
  EXPECT_EQ(value(headers, "Spillway-Attempt"), "3");
  EXPECT_EQ(value(headers, "Spillway-Source"), "waba");
  EXPECT_EQ(value(headers, "User-Agent"), "Spillway");
}

TEST_F(RequestHeaders, tell_the_place_in_an_order_where_there_is_one) {
  EXPECT_EQ(value(made(), "Spillway-Sequence"), "(none)");
  EXPECT_EQ(value(made(), "Spillway-Out-Of-Order"), "(none)");
  sequence = 42;
  EXPECT_EQ(value(made(), "Spillway-Sequence"), "42");
  out_of_order = true;
  EXPECT_EQ(value(made(), "Spillway-Out-Of-Order"), "1");
}

TEST_F(RequestHeaders, forward_what_was_kept) {
  kept = {{"Content-Type", "application/json"},
          {"X-Hub-Signature-256", "sha256=original"},
          {"ce-id", "1"},
          {"X-Many", "a"},
          {"X-Many", "b"}};
  const auto headers = made();
  EXPECT_EQ(value(headers, "content-type"), "application/json");
  EXPECT_EQ(value(headers, "x-hub-signature-256"), "sha256=original");
  EXPECT_EQ(value(headers, "ce-id"), "1");
  EXPECT_EQ(count(headers, "x-many"), 2);
}

TEST_F(RequestHeaders, our_own_replace_what_came_under_their_names) {
  kept = {{"Webhook-Id", "theirs"},
          {"webhook-signature", "v1,theirs"},
          {"SPILLWAY-ATTEMPT", "99"},
          {"x-hub-signature-256", "sha256=original"}};
  options.sign = {Signature::meta};
  options.meta_secret = "secret";
  const auto headers = made();
  EXPECT_EQ(count(headers, "webhook-id"), 1);
  EXPECT_EQ(count(headers, "webhook-signature"), 0);
  EXPECT_EQ(value(headers, "spillway-attempt"), "3");
  EXPECT_EQ(count(headers, "x-hub-signature-256"), 1);
  EXPECT_NE(value(headers, "x-hub-signature-256"), "sha256=original");
}

TEST_F(RequestHeaders, configured_ones_replace_kept_ones_but_not_the_contract) {
  kept = {{"Content-Type", "application/json"}};
  options.headers = {{"content-type", "text/plain"},
                     {"user-agent", "acme"},
                     {"Authorization", "Bearer x"},
                     {"webhook-id", "mine"}};
  const auto headers = made();
  EXPECT_EQ(count(headers, "content-type"), 1);
  EXPECT_EQ(value(headers, "content-type"), "text/plain");
  EXPECT_EQ(value(headers, "user-agent"), "acme");
  EXPECT_EQ(value(headers, "authorization"), "Bearer x");
  EXPECT_EQ(value(headers, "webhook-id"), "01a0c450-6c00-7002-9590-ff0b4dc35cc1");
}

TEST_F(RequestHeaders, framing_and_connection_headers_are_never_forwarded) {
  kept = {{"Host", "a"},
          {"Content-Length", "1"},
          {"Transfer-Encoding", "chunked"},
          {"connection", "close"},
          {"TE", "x"},
          {"Upgrade", "h2c"},
          {"Expect", "100-continue"}};
  options.headers = kept;
  for (const core::Header& header : kept) {
    EXPECT_EQ(count(made(), header.name), 0) << header.name;
  }
}

TEST_F(RequestHeaders, each_attempt_is_a_span_of_its_own) {
  const std::string first = value(made(), "traceparent");
  EXPECT_THAT(first, MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-01"));
  EXPECT_NE(first, value(made(), "traceparent"));
}

TEST_F(RequestHeaders, the_upstreams_trace_is_continued) {
  const std::string theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
  kept = {{"traceparent", theirs}};
  const std::string ours = value(made(), "traceparent");
  EXPECT_THAT(ours, MatchesRegex("00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00"));
  EXPECT_NE(ours, theirs);
}

TEST_F(RequestHeaders, a_malformed_trace_is_not_continued) {
  for (const char* malformed : {"", "00", "00-00000000000000000000000000000000-b7ad6b7169203331-00",
                                "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-00",
                                "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"}) {
    kept = {{"traceparent", malformed}};
    const auto headers = made();
    EXPECT_EQ(count(headers, "traceparent"), 1);
    EXPECT_THAT(value(headers, "traceparent"), MatchesRegex("00-[0-9a-f]{32}-[0-9a-f]{16}-01"));
    EXPECT_THAT(value(headers, "traceparent"),
                testing::Not(testing::HasSubstr("0af7651916cd43dd8448eb211c80319c")));
  }
}

}  // namespace
}  // namespace spillway::delivery
