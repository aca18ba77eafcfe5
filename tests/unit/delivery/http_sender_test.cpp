#include "delivery/http_sender.hpp"

#include "core/system_clock.hpp"
#include "delivery/http_target.hpp"
#include "tests/unit/http/client_fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace spillway::delivery {
namespace {

using namespace std::chrono_literals;
using http::testing_support::ScriptedServer;
using http::testing_support::Step;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class HttpSenderTest : public http::testing_support::ClientFixture {
 protected:
  static DestinationOptions options(const ScriptedServer& server) {
    DestinationOptions made;
    made.name = "acme";
    made.url = fmt::format("http://127.0.0.1:{}/hook", server.port());
    made.egress_allow = {"127.0.0.0/8"};
    return made;
  }
  DestinationPtr compile(DestinationOptions policy) {
    auto destination = compile_destination(1, std::move(policy), tls_);
    EXPECT_TRUE(destination) << destination.error().message;
    return *destination;
  }
  SendRequest request(DestinationPtr destination) {
    auto event = std::make_shared<core::Event>();
    event->id = *core::EventId::parse("01a0c450-6c00-7002-9590-ff0b4dc35cc1");
    event->source = "shop";
    event->headers = {{"Content-Type", "application/json"}};
    event->body = "{\"a\":1}";
    return {std::move(destination), std::move(event), 1, 2};
  }
  SendResult attempt(DestinationPtr destination) {
    std::optional<SendResult> result;
    sender_.send(request(std::move(destination)),
                 [&](SendResult told) { result = std::move(told); });
    EXPECT_FALSE(result) << "called back from within send()";
    loop_.run_until([&] { return result.has_value(); });
    return *std::move(result);
  }

  core::SystemClock clock_;
  core::SeededRandom random_{1};
  http::ClientTlsStore tls_;
  HttpSender sender_{loop_.executor(), *client_, clock_, random_};
};

TEST_F(HttpSenderTest, posts_the_event_with_its_headers_and_returns_the_answer) {
  ScriptedServer server(loop_);
  server.script.push_back({"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nbusy"});
  const SendResult result = attempt(compile(options(server)));
  EXPECT_EQ(result.status, 503);
  EXPECT_EQ(result.retry_after, "7");
  EXPECT_EQ(result.excerpt, "busy");
  EXPECT_FALSE(result.failure);
  const std::string& received = server.requests.at(0);
  EXPECT_THAT(received, StartsWith("POST /hook HTTP/1.1\r\n"));
  EXPECT_THAT(received, HasSubstr("\r\nwebhook-id: 01a0c450-6c00-7002-9590-ff0b4dc35cc1\r\n"));
  EXPECT_THAT(received, HasSubstr("\r\nSpillway-Attempt: 2\r\n"));
  EXPECT_THAT(received, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_THAT(received, EndsWith("\r\n\r\n{\"a\":1}"));
}

TEST_F(HttpSenderTest, a_redirect_is_not_followed) {
  ScriptedServer server(loop_);
  server.script.push_back(
      {"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"});
  EXPECT_EQ(attempt(compile(options(server))).status, 302);
  EXPECT_EQ(server.requests.size(), 1u);
}

TEST_F(HttpSenderTest, a_header_value_cannot_add_another_header) {
  ScriptedServer server(loop_);
  DestinationOptions policy = options(server);
  policy.headers = {{"X-Note", "a\r\nInjected: 1"}};
  EXPECT_EQ(attempt(compile(policy)).status, 200);
  EXPECT_THAT(server.requests.at(0), Not(HasSubstr("Injected")));
}

TEST_F(HttpSenderTest, an_address_that_is_not_allowed_gets_nothing) {
  ScriptedServer server(loop_);
  DestinationOptions policy = options(server);
  policy.egress_allow.clear();
  const SendResult result = attempt(compile(policy));
  ASSERT_TRUE(result.failure);
  EXPECT_TRUE(result.failure->nothing_sent);
  EXPECT_EQ(server.connections, 0);
}

TEST_F(HttpSenderTest, silence_is_a_failure_of_unknown_outcome_when_the_time_is_over) {
  ScriptedServer server(loop_);
  server.script.push_back({.response = "", .then = Step::Then::hang});
  DestinationOptions policy = options(server);
  policy.total_timeout = 50ms;
  const SendResult result = attempt(compile(policy));
  ASSERT_TRUE(result.failure);
  EXPECT_FALSE(result.failure->nothing_sent);
  EXPECT_GE(result.took, 50ms);
}

TEST_F(HttpSenderTest, a_limit_of_ours_is_told_apart_from_a_failure_to_reach_the_destination) {
  ScriptedServer server(loop_);
  const http::SocketBudget::Reservation all = sockets_.reserve(sockets_.limit());
  const SendResult crowded = attempt(compile(options(server)));
  ASSERT_TRUE(crowded.failure);
  EXPECT_TRUE(crowded.failure->ours);
  EXPECT_TRUE(crowded.failure->nothing_sent);
  DestinationOptions policy = options(server);
  policy.egress_allow.clear();
  const SendResult forbidden = attempt(compile(policy));
  ASSERT_TRUE(forbidden.failure);
  EXPECT_FALSE(forbidden.failure->ours);
}

TEST_F(HttpSenderTest, a_destination_keeps_its_connection_until_its_policy_changes) {
  ScriptedServer server(loop_);
  DestinationPtr before = compile(options(server));
  attempt(before);
  attempt(before);
  EXPECT_EQ(server.connections, 1);
  before = nullptr;
  attempt(compile(options(server)));
  EXPECT_EQ(server.connections, 2);
}

TEST_F(HttpSenderTest, cancelling_ends_what_is_under_way) {
  ScriptedServer server(loop_);
  server.script.push_back({.response = "", .then = Step::Then::hang});
  std::optional<SendResult> result;
  sender_.send(request(compile(options(server))),
               [&](SendResult told) { result = std::move(told); });
  loop_.run_until([&] { return server.requests.size() == 1; });
  sender_.cancel_all();
  loop_.run_until([&] { return result.has_value(); });
  ASSERT_TRUE(result->failure);
  EXPECT_FALSE(result->failure->nothing_sent);
}

TEST_F(HttpSenderTest, a_policy_that_cannot_work_is_refused_by_name_and_setting) {
  DestinationOptions policy;
  policy.name = "acme";
  policy.url = "ftp://acme.example/";
  EXPECT_THAT(compile_destination(1, policy, tls_).error().message,
              StartsWith("destination 'acme': url"));
  policy.url = "http://acme.example/";
  policy.egress_allow = {"10.0.0.1/8"};
  EXPECT_THAT(compile_destination(1, policy, tls_).error().message, HasSubstr("egress.allow"));
}

}  // namespace
}  // namespace spillway::delivery
