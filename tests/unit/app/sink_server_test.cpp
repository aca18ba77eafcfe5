// The sink over loopback sockets, in the same io_context as its clients.
#include "app/sink_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/system_clock.hpp"
#include "delivery/signer.hpp"
#include "http_harness.hpp"

namespace spillway::app {
namespace {

using testing::HasSubstr;

constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

class SinkServerTest : public testing::Test {
 protected:
  void open(SinkServerOptions options = {}) {
    auto opened = SinkServer::open(harness.io.get_executor(), options, clock, random);
    ASSERT_TRUE(opened) << opened.error().message;
    sink = std::move(*opened);
  }
  void open_verifying() {
    SinkServerOptions options;
    options.verifier.secrets = {kSecret};
    open(options);
  }

  core::Result<Reply> hook(std::vector<core::Header> headers = {{"webhook-id", "a"}},
                           core::Duration limit = std::chrono::seconds(10)) {
    return harness.exchange("POST", sink->port(), "/hook", "{}", std::move(headers), limit);
  }
  Reply get(std::string target) {
    return harness.exchange("GET", sink->port(), std::move(target)).value();
  }
  int behave(std::string json) {
    return harness.exchange("POST", sink->port(), "/behave", std::move(json)).value().status;
  }

  std::vector<core::Header> signed_headers(std::string_view body) {
    delivery::DestinationOptions options;
    options.secrets = {kSecret};
    return delivery::Signer::compile(options).value().sign("a", clock.now(), body);
  }

  testing_support::HttpHarness harness;
  core::SystemClock clock;
  core::SeededRandom random{3};
  std::shared_ptr<SinkServer> sink;
};

TEST_F(SinkServerTest, accepts_counts_and_tells) {
  open();
  EXPECT_EQ(hook()->status, 200);
  EXPECT_EQ(hook()->status, 200);
  EXPECT_THAT(get("/stats").body, HasSubstr(R"("total":2,"taken":2,"distinct":1,"duplicates":1)"));
  EXPECT_THAT(get("/received").body, HasSubstr(R"("ids":["a"])"));
  EXPECT_EQ(get("/elsewhere").status, 404);
}

TEST_F(SinkServerTest, takes_what_is_signed_and_refuses_what_is_not) {
  open_verifying();
  EXPECT_EQ(hook(signed_headers("{}"))->status, 200);
  EXPECT_EQ(hook(signed_headers("{ }"))->status, 401);
  EXPECT_EQ(hook()->status, 401);
  EXPECT_EQ(sink->ledger().invalid_signatures(), 2U);
  EXPECT_EQ(sink->ledger().distinct(), 1U);
}

TEST_F(SinkServerTest, fails_as_told_and_gets_well_again) {
  open();
  EXPECT_EQ(behave(R"({"status": 429, "retry_after": 7})"), 204);
  const Reply failed = hook().value();
  EXPECT_EQ(failed.status, 429);
  EXPECT_EQ(failed.header("Retry-After"), "7");
  EXPECT_EQ(sink->ledger().distinct(), 0U);
  EXPECT_EQ(behave(R"({"fail": 0})"), 204);
  EXPECT_EQ(hook()->status, 200);
}

TEST_F(SinkServerTest, refuses_a_behaviour_it_does_not_know_and_keeps_the_old_one) {
  open();
  EXPECT_EQ(behave(R"({"fail": 1, "explode": true})"), 400);
  EXPECT_EQ(behave("fail"), 400);
  EXPECT_EQ(hook()->status, 200);
}

TEST_F(SinkServerTest, resets_before_the_body_is_read_and_takes_nothing) {
  open();
  ASSERT_EQ(behave(R"({"reset_before": 1})"), 204);
  EXPECT_FALSE(hook());
  EXPECT_EQ(sink->ledger().distinct(), 0U);
  EXPECT_THAT(get("/stats").body, HasSubstr(R"("broken_off":1)"));
}

TEST_F(SinkServerTest, resets_after_it_took_the_event) {
  open();
  ASSERT_EQ(behave(R"({"reset_after": 1})"), 204);
  EXPECT_FALSE(hook());
  EXPECT_EQ(sink->ledger().distinct(), 1U);
}

TEST_F(SinkServerTest, answers_garbage) {
  open();
  ASSERT_EQ(behave(R"({"garbage": 1})"), 204);
  const auto answer = hook();
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("not an HTTP response"));
}

TEST_F(SinkServerTest, hangs_until_the_sender_gives_up) {
  open();
  ASSERT_EQ(behave(R"({"hang": true})"), 204);
  const auto answer = hook({{"webhook-id", "a"}}, std::chrono::milliseconds(50));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, core::ErrorCode::timeout);
  EXPECT_EQ(get("/stats").status, 200);
}

TEST_F(SinkServerTest, delays_its_answers) {
  open();
  ASSERT_EQ(behave(R"({"delay": "30ms"})"), 204);
  const core::Duration began = core::monotonic_now();
  EXPECT_EQ(hook()->status, 200);
  EXPECT_GE(core::monotonic_now() - began, std::chrono::milliseconds(30));
}

TEST_F(SinkServerTest, ends_with_everything_under_way) {
  open();
  ASSERT_EQ(behave(R"({"hang": true})"), 204);
  EXPECT_FALSE(hook({{"webhook-id", "a"}}, std::chrono::milliseconds(20)));
  sink->stop();
  harness.io.restart();
  harness.io.run();  // returns, as nothing is left to wait for
}

TEST_F(SinkServerTest, says_why_it_cannot_listen) {
  SinkServerOptions options;
  options.address = "localhost";
  const auto named = SinkServer::open(harness.io.get_executor(), options, clock, random);
  ASSERT_FALSE(named);
  EXPECT_THAT(named.error().message, HasSubstr("no IP address"));
  open();
  options.address = "127.0.0.1";
  options.port = sink->port();
  const auto taken = SinkServer::open(harness.io.get_executor(), options, clock, random);
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().message, HasSubstr("in use"));
}

}  // namespace
}  // namespace spillway::app
