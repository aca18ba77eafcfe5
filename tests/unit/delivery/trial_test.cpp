#include "delivery/trial.hpp"

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
using testing::HasSubstr;

class TrialTest : public http::testing_support::ClientFixture {
 protected:
  static DestinationOptions options(std::string url) {
    DestinationOptions made;
    made.name = "acme";
    made.url = std::move(url);
    made.secrets = {"whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"};
    made.egress_allow = {"127.0.0.0/8"};
    return made;
  }
  static DestinationOptions options(const ScriptedServer& server) {
    return options(fmt::format("http://127.0.0.1:{}/hook", server.port()));
  }
  static SendRequest request(DestinationPtr destination, core::EventPtr event) {
    SendRequest made;
    made.destination = std::move(destination);
    made.event = std::move(event);
    made.test = true;
    return made;
  }
  DestinationPtr compile(DestinationOptions policy) {
    auto destination = compile_destination(1, std::move(policy), tls_);
    EXPECT_TRUE(destination) << destination.error().message;
    return *destination;
  }
  Trial try_out(const DestinationPtr& destination, core::Duration limit = 9s) {
    std::optional<Trial> trial;
    sender_.try_out(request(destination, make_test_event("acme", "n1", 7, clock_.now(), random_)),
                    limit, [&](Trial told) { trial = std::move(told); });
    EXPECT_FALSE(trial) << "called back from within try_out()";
    loop_.run_until([&] { return trial.has_value(); });
    return *std::move(trial);
  }
  std::optional<TrialFailure> failure(DestinationOptions policy, core::Duration limit = 9s) {
    return try_out(compile(std::move(policy)), limit).failure;
  }

  core::SystemClock clock_;
  core::SeededRandom random_{1};
  http::ClientTlsStore tls_;
  HttpSender sender_{loop_.executor(), *client_, clock_, random_};
};

TEST_F(TrialTest, sends_a_signed_event_that_says_it_is_a_test) {
  ScriptedServer server(loop_);
  server.script.push_back({"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok"});
  const Trial trial = try_out(compile(options(server)));
  EXPECT_EQ(trial.status, 202);
  EXPECT_EQ(trial.excerpt, "ok");
  EXPECT_EQ(trial.address, fmt::format("127.0.0.1:{}", server.port()));
  EXPECT_FALSE(trial.failure);
  const std::string& received = server.requests.at(0);
  EXPECT_THAT(received, HasSubstr("\r\nSpillway-Test: 1\r\n"));
  EXPECT_THAT(received, HasSubstr("\r\nwebhook-signature: v1,"));
  EXPECT_THAT(received, HasSubstr(R"({"type":"spillway.test")"));
}

TEST_F(TrialTest, takes_a_connection_of_its_own_beside_those_in_use) {
  ScriptedServer server(loop_);
  DestinationOptions policy = options(server);
  policy.max_in_flight = 1;
  const DestinationPtr destination = compile(policy);
  server.script.push_back({.response = "", .then = Step::Then::hang});
  bool called = false;
  sender_.send(request(destination, make_test_event("acme", "n1", 7, clock_.now(), random_)),
               [&](SendResult) { called = true; });
  loop_.run_until([&] { return server.requests.size() == 1; });
  EXPECT_EQ(try_out(destination).status, 200);
  EXPECT_EQ(server.connections, 2);
  sender_.cancel_all();
  loop_.run_until([&] { return called; });
}

TEST_F(TrialTest, tells_what_stands_in_the_way) {
  ScriptedServer server(loop_);
  DestinationOptions guarded = options(server);
  guarded.egress_allow.clear();
  EXPECT_EQ(failure(guarded), TrialFailure::egress);
  EXPECT_EQ(server.connections, 0);
  EXPECT_EQ(failure(options("http://nowhere.example/")), TrialFailure::dns);
  EXPECT_EQ(failure(options("http://127.0.0.1:1/")), TrialFailure::connect);
}

TEST_F(TrialTest, is_over_in_time) {
  ScriptedServer server(loop_);
  server.script.push_back({.response = "", .then = Step::Then::hang});
  const Trial trial = try_out(compile(options(server)), 50ms);
  EXPECT_EQ(trial.failure, TrialFailure::timeout);
  EXPECT_GE(trial.took, 50ms);
  EXPECT_EQ(trial.address, fmt::format("127.0.0.1:{}", server.port()));
}

TEST_F(TrialTest, a_response_that_is_none_is_no_success) {
  ScriptedServer server(loop_);
  server.script.push_back({"no HTTP at all\r\n\r\n"});
  EXPECT_EQ(failure(options(server)), TrialFailure::exchange);
}

TEST(Trial, a_failure_has_the_name_of_what_was_being_done) {
  const auto named = [](http::SendStage stage, core::ErrorCode code) {
    const Trial trial = trial_of(
        std::unexpected(http::SendFailure{stage, true, {.code = code, .message = "why"}}), 1s, "");
    EXPECT_EQ(trial.message, "why");
    return trial.failure.value();
  };
  using enum http::SendStage;
  using core::ErrorCode;
  EXPECT_EQ(named(limit, ErrorCode::unavailable), TrialFailure::ours);
  EXPECT_EQ(named(resolve, ErrorCode::timeout), TrialFailure::dns);
  EXPECT_EQ(named(guard, ErrorCode::forbidden), TrialFailure::egress);
  EXPECT_EQ(named(connect, ErrorCode::io), TrialFailure::connect);
  EXPECT_EQ(named(connect, ErrorCode::timeout), TrialFailure::timeout);
  EXPECT_EQ(named(tls, ErrorCode::io), TrialFailure::tls);
  EXPECT_EQ(named(send, ErrorCode::io), TrialFailure::exchange);
  EXPECT_EQ(named(receive, ErrorCode::timeout), TrialFailure::timeout);
  EXPECT_EQ(named(receive, ErrorCode::cancelled), TrialFailure::ours);
}

TEST(TestEvent, has_an_id_of_the_node_and_small_json) {
  core::SeededRandom random(1);
  const core::EventPtr event = make_test_event("acme", "n1", 0xbeef, core::from_micros(1), random);
  EXPECT_EQ(event->id.node_tag(), 0xbeef);
  EXPECT_EQ(event->body,
            R"({"type":"spillway.test","data":{"message":"An operator tests whether events )"
            R"(arrive here. Nothing happened.","destination":"acme","node":"n1"}})");
}

}  // namespace
}  // namespace spillway::delivery
