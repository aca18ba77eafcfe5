#include "http/client.hpp"

#include "tests/unit/http/client_fixture.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace spillway::http {
namespace {

using namespace std::chrono_literals;
using core::ErrorCode;
using testing_support::Loop;
using testing_support::ScriptedServer;
using testing_support::Step;

class ClientTest : public testing_support::ClientFixture {};

TEST_F(ClientTest, sends_the_request_and_returns_the_response) {
  ScriptedServer server(loop_);
  server.script.push_back({"HTTP/1.1 503 Busy\r\nretry-after: 7\r\nContent-Length: 4\r\n\r\nbusy"});
  const auto target = endpoint(to(server));
  ClientRequest request = post(*target, "{\"a\":1}");
  EXPECT_TRUE(request.add_header("Content-Type", "application/json"));
  EXPECT_FALSE(request.add_header("X", "a\r\nInjected: 1"));
  EXPECT_FALSE(request.add_header("X Y", "a"));
  const SendResult result = loop_.run(client_->send(target, std::move(request), deadline_in(9s)));
  ASSERT_TRUE(result) << result.error().error.message;
  EXPECT_EQ(result->status, 503);
  EXPECT_EQ(result->retry_after, "7");
  EXPECT_EQ(result->excerpt, "busy");
  EXPECT_GT(result->took, 0us);
  EXPECT_EQ(server.requests.at(0),
            fmt::format("POST /hook HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: 7\r\n"
                        "Content-Type: application/json\r\n\r\n{{\"a\":1}}",
                        server.port()));
}

TEST_F(ClientTest, uses_a_connection_again) {
  ScriptedServer server(loop_);
  const auto target = endpoint(to(server));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(send(target));
  }
  EXPECT_EQ(server.connections, 1);
  EXPECT_EQ(server.requests.size(), 3);
  EXPECT_EQ(client_->idle_connections(), 1);
}

TEST_F(ClientTest, connection_the_peer_closed_is_not_used_again) {
  ScriptedServer server(loop_);
  server.script.push_back({.then = Step::Then::close});
  const auto target = endpoint(to(server));
  EXPECT_TRUE(send(target));
  EXPECT_EQ(client_->idle_connections(), 1);
  loop_.run_until([&] { return server.closed == 1; });
  EXPECT_TRUE(send(target));
  EXPECT_EQ(server.connections, 2);
}

TEST_F(ClientTest, bytes_nobody_asked_for_end_a_connection) {
  ScriptedServer server(loop_);
  server.script.push_back({"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"});
  EXPECT_TRUE(send(endpoint(to(server))));
  EXPECT_EQ(client_->idle_connections(), 0);
  EXPECT_EQ(sockets_.used(), 0);
}

TEST_F(ClientTest, idle_connection_is_closed_after_its_time) {
  ScriptedServer server(loop_);
  EndpointOptions options = to(server);
  options.idle_timeout = 1ms;
  const auto target = endpoint(std::move(options));
  EXPECT_TRUE(send(target));
  loop_.run_until([&] { return server.closed == 1; });
  EXPECT_EQ(sockets_.used(), 0);
}

TEST_F(ClientTest, idle_connections_are_bounded_oldest_first) {
  client_ = make_client(loop_, names_, &sockets_, {.idle_connections_max = 1});
  ScriptedServer first(loop_);
  ScriptedServer second(loop_);
  const auto to_first = endpoint(to(first));
  const auto to_second = endpoint(to(second));
  EXPECT_TRUE(send(to_first));
  EXPECT_TRUE(send(to_second));
  loop_.run_until([&] { return first.closed == 1; });
  EXPECT_TRUE(send(to_second));
  EXPECT_EQ(second.connections, 1);
}

TEST_F(ClientTest, endpoint_takes_its_idle_connections_with_it) {
  ScriptedServer server(loop_);
  auto target = endpoint(to(server));
  EXPECT_TRUE(send(target));
  target.reset();
  EXPECT_EQ(client_->idle_connections(), 0);
  loop_.run_until([&] { return server.closed == 1; });
}

TEST_F(ClientTest, interim_responses_are_skipped_and_redirects_not_followed) {
  ScriptedServer server(loop_);
  ScriptedServer elsewhere(loop_);
  server.script.push_back({fmt::format(
      "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
      "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{}/\r\nContent-Length: 0\r\n\r\n",
      elsewhere.port())});
  const SendResult result = send(endpoint(to(server)));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 302);
  EXPECT_EQ(elsewhere.connections, 0);
}

TEST_F(ClientTest, chunked_response_keeps_the_connection) {
  ScriptedServer server(loop_);
  server.script.push_back(
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"});
  const auto target = endpoint(to(server));
  EXPECT_EQ(send(target)->excerpt, "abc");
  EXPECT_TRUE(send(target));
  EXPECT_EQ(server.connections, 1);
}

TEST_F(ClientTest, huge_response_is_cut_off_and_its_connection_closed) {
  ScriptedServer server(loop_);
  server.script.push_back(
      {"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n" + std::string(50'000'000, 'x')});
  const SendResult result = send(endpoint(to(server)));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->excerpt, std::string(1024, 'x'));
  EXPECT_EQ(client_->idle_connections(), 0);
  loop_.run_until([&] { return server.closed == 1; });
}

TEST_F(ClientTest, endless_header_is_an_unknown_outcome) {
  ScriptedServer server(loop_);
  server.script.push_back({"HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x')});
  const SendResult result = send(endpoint(to(server)));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().stage, SendStage::receive);
  EXPECT_FALSE(result.error().nothing_sent);
}

TEST_F(ClientTest, response_without_length_ends_with_the_connection) {
  ScriptedServer server(loop_);
  server.script.push_back({"HTTP/1.1 200 OK\r\n\r\nall of it", Step::Then::close});
  const SendResult result = send(endpoint(to(server)));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->excerpt, "all of it");
}

TEST_F(ClientTest, refused_connection_means_nothing_was_sent) {
  TcpSocket bound(loop_.executor(), {boost::asio::ip::address_v4::loopback(), 0});
  const std::uint16_t port = bound.local_endpoint().port();  // and nobody listens
  const SendResult result = send(endpoint(to(fmt::format("http://127.0.0.1:{}/", port))));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().stage, SendStage::connect);
  EXPECT_TRUE(result.error().nothing_sent);
  EXPECT_EQ(result.error().error.message,
            fmt::format("connect to 127.0.0.1:{}: Connection refused", port));
  EXPECT_EQ(sockets_.used(), 0);
}

TEST_F(ClientTest, hanging_destination_is_an_unknown_outcome_at_the_deadline) {
  ScriptedServer server(loop_);
  server.script.push_back({"", Step::Then::hang});
  const auto target = endpoint(to(server));
  const SendResult result = send(target, 30ms);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().stage, SendStage::receive);
  EXPECT_EQ(result.error().error.code, ErrorCode::timeout);
  EXPECT_FALSE(result.error().nothing_sent);
  EXPECT_EQ(sockets_.used(), 0);
}

TEST_F(ClientTest, deadline_holds_on_a_connection_used_again) {
  ScriptedServer server(loop_);
  server.script.push_back({});
  server.script.push_back({"", Step::Then::hang});
  const auto target = endpoint(to(server));
  EXPECT_TRUE(send(target));
  const SendResult result = send(target, 30ms);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().error.code, ErrorCode::timeout);
  EXPECT_FALSE(result.error().nothing_sent);
}

TEST_F(ClientTest, trickling_header_ends_at_the_deadline) {
  ScriptedServer server(loop_);
  server.script.push_back({"HTTP/1.1 200 OK\r\nX: ", Step::Then::trickle});
  const SendResult result = send(endpoint(to(server)), 30ms);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().error.code, ErrorCode::timeout);
  EXPECT_FALSE(result.error().nothing_sent);
}

TEST_F(ClientTest, trickling_body_ends_at_the_deadline_and_its_status_counts) {
  ScriptedServer server(loop_);
  server.script.push_back(
      {"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n", Step::Then::trickle});
  const SendResult result = send(endpoint(to(server)), 30ms);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 200);
  EXPECT_EQ(client_->idle_connections(), 0);
}

TEST_F(ClientTest, reset_after_the_request_is_an_unknown_outcome) {
  ScriptedServer server(loop_);
  server.reset_on_close = true;
  server.script.push_back({"", Step::Then::close});
  const SendResult result = send(endpoint(to(server)));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().stage, SendStage::receive);
  EXPECT_EQ(result.error().error.code, ErrorCode::io);
  EXPECT_FALSE(result.error().nothing_sent);
}

TEST_F(ClientTest, answer_given_before_the_whole_request_was_read_counts) {
  ScriptedServer server(loop_);
  server.script.push_back(
      {"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n", Step::Then::close, Step::Read::head});
  const auto target = endpoint(to(server));
  const SendResult result = loop_.run(
      client_->send(target, post(*target, std::string(50'000'000, 'x')), deadline_in(9s)));
  ASSERT_TRUE(result) << result.error().error.message;
  EXPECT_EQ(result->status, 413);
  EXPECT_EQ(client_->idle_connections(), 0);
}

TEST_F(ClientTest, deadline_that_has_passed_sends_nothing) {
  ScriptedServer server(loop_);
  const auto target = endpoint(to(server));
  EXPECT_TRUE(send(target));
  const SendResult result = send(target, 0s);
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().nothing_sent);
  EXPECT_EQ(result.error().error.code, ErrorCode::timeout);
  EXPECT_EQ(server.requests.size(), 1);
}

TEST_F(ClientTest, exchanges_at_once_are_bounded_for_each_endpoint) {
  ScriptedServer server(loop_);
  server.script.push_back({"", Step::Then::hang});
  EndpointOptions options = to(server);
  options.exchanges_max = 1;
  const auto target = endpoint(std::move(options));
  const auto hanging = start(target, 100ms);
  const SendResult refused = send(target);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().stage, SendStage::limit);
  EXPECT_TRUE(refused.error().nothing_sent);
  EXPECT_FALSE(loop_.finish(hanging));
  EXPECT_TRUE(send(target));
}

TEST_F(ClientTest, an_endpoint_holds_no_more_than_its_share_of_the_sockets) {
  SocketBudget eight(8);
  client_ = make_client(loop_, names_, &eight);
  ScriptedServer server(loop_);
  server.script.push_back({"", Step::Then::hang});
  server.script.push_back({"", Step::Then::hang});
  const auto target = endpoint(to(server));
  const auto first = start(target, 100ms);
  const auto second = start(target, 100ms);
  const SendResult refused = send(target);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().stage, SendStage::limit);
  ScriptedServer other(loop_);
  EXPECT_TRUE(send(endpoint(to(other))));
  EXPECT_FALSE(loop_.finish(first));
  EXPECT_FALSE(loop_.finish(second));
}

TEST_F(ClientTest, exhausted_socket_budget_is_a_failure_of_ours) {
  SocketBudget one(1);
  client_ = make_client(loop_, names_, &one);
  ScriptedServer server(loop_);
  server.script.push_back({"", Step::Then::hang});
  const auto hanging = start(endpoint(to(server)), 100ms);
  loop_.run_until([&] { return server.requests.size() == 1; });
  const SendResult refused = send(endpoint(to(server)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().stage, SendStage::limit);
  EXPECT_EQ(refused.error().error.fault, core::Fault::us);
  EXPECT_EQ(refused.error().error.message, "all 1 outbound sockets are in use");
  EXPECT_FALSE(loop_.finish(hanging));
  EXPECT_EQ(one.used(), 0);
}

TEST_F(ClientTest, idle_connection_gives_its_socket_to_who_needs_one) {
  SocketBudget one(1);
  client_ = make_client(loop_, names_, &one);
  ScriptedServer first(loop_);
  ScriptedServer second(loop_);
  const auto to_first = endpoint(to(first));
  EXPECT_TRUE(send(to_first));
  EXPECT_TRUE(send(endpoint(to(second))));
  loop_.run_until([&] { return first.closed == 1; });
}

TEST_F(ClientTest, stop_ends_what_is_under_way_and_refuses_the_rest) {
  ScriptedServer server(loop_);
  const auto idle = endpoint(to(server));
  EXPECT_TRUE(send(idle));
  server.script.push_back({"", Step::Then::hang});
  const auto sending = start(idle);
  names_.records["silent.test"] = {.silent = true};
  const auto resolving = start(endpoint(to("http://silent.test/")));
  loop_.run_until([&] { return server.requests.size() == 2 && names_.asked["silent.test"] > 0; });

  bool stopped = false;
  boost::asio::co_spawn(loop_.executor(), client_->stop(),
                        [&](const std::exception_ptr&) { stopped = true; });
  loop_.run_until([&] { return stopped; });
  ASSERT_TRUE(sending->has_value());
  ASSERT_TRUE(resolving->has_value());
  EXPECT_EQ((*sending)->error().error.code, ErrorCode::cancelled);
  EXPECT_FALSE((*sending)->error().nothing_sent);
  EXPECT_EQ((*resolving)->error().error.code, ErrorCode::cancelled);
  EXPECT_TRUE((*resolving)->error().nothing_sent);
  EXPECT_EQ(sockets_.used(), 0);
  const SendResult late = send(idle);
  EXPECT_EQ(late.error().error.code, ErrorCode::cancelled);
  EXPECT_TRUE(late.error().nothing_sent);
}

}  // namespace
}  // namespace spillway::http
