#include "http/server_session.hpp"

#include <gmock/gmock.h>

#include "session_harness.hpp"

namespace spillway::http {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::chrono_literals;

std::string post(std::string_view path, std::string_view body, std::string_view more = "") {
  std::string text = "POST ";
  text.append(path).append(" HTTP/1.1\r\nHost: gw\r\n").append(more);
  text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  return text.append(body);
}

constexpr std::string_view kChunked =
    "POST /in/a HTTP/1.1\r\nHost: gw\r\nTransfer-Encoding: chunked\r\n\r\n"
    "3;name=\"v\"\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: dropped\r\n\r\n";

TEST_F(SessionTest, answers_with_date_length_and_type) {
  start();
  send(post("/in/a?x=1", "hi"));
  EXPECT_EQ(wire.from_server,
            "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 13\r\n"
            "Content-Type: text/plain\r\n\r\nPOST /in/a hi");
  ASSERT_EQ(handler.requests.size(), 1U);
  EXPECT_EQ(handler.requests[0].head.target, "/in/a?x=1");
  EXPECT_EQ(handler.requests[0].head.query, "x=1");
  EXPECT_EQ(handler.requests[0].head.remote, "192.0.2.7");
  EXPECT_FALSE(ended);
}

TEST_F(SessionTest, reads_the_same_in_pieces_of_any_size) {
  const std::string both = post("/in/a", "hello") + std::string(kChunked);
  for (std::size_t piece = 1; piece <= both.size(); ++piece) {
    handler.requests.clear();
    wire.from_server.clear();
    wire.piece_bytes_max = piece;
    wire.client_closed = false;
    start();
    send(both);
    ASSERT_EQ(handler.requests.size(), 2U) << "pieces of " << piece;
    EXPECT_EQ(handler.requests[0].body, "hello");
    EXPECT_EQ(handler.requests[1].body, "abcde");
    close_client();
  }
}

TEST_F(SessionTest, reads_the_same_however_it_is_split) {
  const std::string both = post("/in/a", "hello") + std::string(kChunked);
  for (std::size_t split = 1; split < both.size(); ++split) {
    handler.requests.clear();
    wire.client_closed = false;
    start();
    send(both.substr(0, split));
    send(both.substr(split));
    ASSERT_EQ(handler.requests.size(), 2U) << "split at " << split;
    EXPECT_EQ(handler.requests[0].body, "hello");
    EXPECT_EQ(handler.requests[1].body, "abcde");
    close_client();
  }
}

TEST_F(SessionTest, answers_pipelined_requests_in_order) {
  start();
  send(post("/slow", "1") + post("/b", "2") + post("/refused", "x") + post("/c", "3"));
  EXPECT_THAT(statuses(), IsEmpty());
  handler.release();
  poll();
  EXPECT_THAT(statuses(), ElementsAre(200, 200, 404, 200));
  EXPECT_THAT(wire.from_server, EndsWith("POST /c 3"));
  EXPECT_LT(wire.from_server.find("POST /slow 1"), wire.from_server.find("POST /b 2"));
}

TEST_F(SessionTest, closes_after_the_answer_when_asked_to) {
  start();
  send(post("/a", "1", "Connection: close\r\n") + post("/b", "2"));
  EXPECT_THAT(statuses(), ElementsAre(200));
  EXPECT_THAT(wire.from_server, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_TRUE(wire.server_shut);
  close_client();
  EXPECT_TRUE(ended);
}

TEST_F(SessionTest, http_1_0_is_kept_alive_only_when_asked) {
  start();
  send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(wire.from_server, HasSubstr("\r\nConnection: keep-alive\r\n"));
  EXPECT_FALSE(wire.server_shut);
  send("GET /b HTTP/1.0\r\n\r\n");
  EXPECT_THAT(statuses(), ElementsAre(200, 200));
  EXPECT_TRUE(wire.server_shut);
}

TEST_F(SessionTest, head_is_answered_without_a_body) {
  start();
  send("HEAD /a HTTP/1.1\r\nHost: gw\r\n\r\n");
  EXPECT_THAT(wire.from_server, HasSubstr("Content-Length: 8\r\n"));
  EXPECT_THAT(wire.from_server, EndsWith("\r\n\r\n"));
}

TEST_F(SessionTest, no_content_has_neither_length_nor_body) {
  handler.status = 204;
  start();
  send(post("/a", "1"));
  EXPECT_THAT(wire.from_server, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(wire.from_server, EndsWith("\r\n\r\n"));
}

TEST_F(SessionTest, a_header_value_cannot_start_another_header) {
  Response response;
  response.headers.push_back({"Location", "/a\r\nSet-Cookie: b"});
  std::string head;
  append_response_head(head, response, AfterResponse::keep_alive, 1, "now");
  EXPECT_THAT(head, HasSubstr("Location: /a  Set-Cookie: b\r\n"));
}

TEST_F(SessionTest, closes_after_the_last_request_a_connection_may_make) {
  context.options.requests_per_connection_max = 2;
  start();
  send(post("/a", "1") + post("/b", "2") + post("/c", "3"));
  EXPECT_THAT(statuses(), ElementsAre(200, 200));
  EXPECT_TRUE(wire.server_shut);
}

TEST_F(SessionTest, a_refused_head_is_answered_before_its_body_comes) {
  start();
  send("POST /refused HTTP/1.1\r\nHost: gw\r\nContent-Length: 1000\r\n\r\nabc");
  EXPECT_THAT(statuses(), ElementsAre(404));
  EXPECT_TRUE(wire.server_shut);
}

TEST_F(SessionTest, an_announced_body_over_the_limit_is_refused_unread) {
  handler.body_bytes_max = 10;
  start();
  send("POST /a HTTP/1.1\r\nHost: gw\r\nContent-Length: 11\r\n\r\n");
  EXPECT_THAT(statuses(), ElementsAre(413));
  EXPECT_THAT(handler.requests, IsEmpty());
  EXPECT_TRUE(wire.server_shut);
}

TEST_F(SessionTest, a_body_of_exactly_the_limit_is_taken) {
  handler.body_bytes_max = 5;
  start();
  send(post("/a", "12345") + std::string(kChunked));
  EXPECT_THAT(statuses(), ElementsAre(200, 200));
}

TEST_F(SessionTest, a_chunked_body_over_the_limit_is_refused_while_it_comes) {
  handler.body_bytes_max = 4;
  start();
  send(kChunked);
  EXPECT_THAT(statuses(), ElementsAre(413));
  EXPECT_TRUE(wire.server_shut);
}

TEST_F(SessionTest, an_oversize_head_is_refused) {
  start();
  send("POST /a HTTP/1.1\r\nHost: gw\r\nX-Big: " + std::string(17 * 1024, 'x'));
  EXPECT_THAT(statuses(), ElementsAre(431));
  EXPECT_TRUE(wire.server_shut);
}

TEST_F(SessionTest, continue_is_sent_once_the_body_is_wanted) {
  start();
  send("POST /a HTTP/1.1\r\nHost: gw\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(wire.from_server, "HTTP/1.1 100 Continue\r\n\r\n");
  send("hi");
  EXPECT_THAT(statuses(), ElementsAre(100, 200));
}

TEST_F(SessionTest, continue_is_not_sent_when_the_head_is_refused) {
  start();
  send("POST /refused HTTP/1.1\r\nHost: gw\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_THAT(statuses(), ElementsAre(404));
}

TEST_F(SessionTest, a_large_body_takes_memory_as_it_comes_and_gives_it_back) {
  start();
  const std::string body(300 * 1024, 'b');
  const std::string text = post("/a", body);
  send(std::string_view(text).substr(0, 1000));
  EXPECT_GT(handler.budget.used(), 0U);
  EXPECT_LT(handler.budget.used(), body.size());
  send(std::string_view(text).substr(1000));
  ASSERT_EQ(handler.requests.size(), 1U);
  EXPECT_EQ(handler.requests[0].body, body);
  EXPECT_EQ(handler.requests[0].memory.bytes(), body.size());
  handler.requests.clear();
  EXPECT_EQ(handler.budget.used(), 0U);
}

TEST_F(SessionTest, a_used_up_budget_is_answered_with_503_and_retry_after) {
  const core::ByteBudget::Reservation all = handler.budget.reserve(handler.budget.limit());
  start();
  send(post("/a", "1"));
  EXPECT_THAT(statuses(), ElementsAre(503));
  EXPECT_THAT(wire.from_server, HasSubstr("\r\nRetry-After: 1\r\n"));
  EXPECT_THAT(handler.requests, IsEmpty());
}

TEST_F(SessionTest, what_the_session_refuses_is_counted_by_reason) {
  handler.body_bytes_max = 10;
  const auto connect = [&] {
    wire.to_server.clear();
    wire.client_closed = false;
    start();
  };
  const auto send_alone = [&](std::string_view request) {
    connect();
    send(request);
    close_client();
  };
  send_alone("POST /a HTTP/1.1\r\nHost: gw\r\nContent-Length: 11\r\n\r\n");
  send_alone("GET /" + std::string(17 * 1024, 'x'));
  send_alone("GET / HTTP/1.1\r\nHost: gw\r\nX-Big: " + std::string(17 * 1024, 'x'));
  send_alone("GET /a HTTP/1.1\r\n\r\n");
  send_alone("GET /a HTTP/2.0\r\n\r\n");
  connect();
  send("GET /a HTTP/1.1\r\n");
  advance(context.options.header_timeout);
  close_client();
  const core::ByteBudget::Reservation all = handler.budget.reserve(handler.budget.limit());
  send_alone(post("/a", "1"));
  send_alone(post("/refused", "1"));
  EXPECT_THAT(statuses(), ElementsAre(413, 414, 431, 400, 505, 408, 503, 404));
  EXPECT_EQ(refusals(registry, "body_size"), 1U);
  EXPECT_EQ(refusals(registry, "head_size"), 2U);
  EXPECT_EQ(refusals(registry, "framing"), 2U);
  EXPECT_EQ(refusals(registry, "timeout"), 1U);
  EXPECT_EQ(refusals(registry, "memory"), 1U);
}

TEST_F(SessionTest, a_short_body_is_never_handled) {
  start();
  send("POST /a HTTP/1.1\r\nHost: gw\r\nContent-Length: 5\r\n\r\n1234");
  close_client();
  EXPECT_TRUE(ended);
  EXPECT_THAT(handler.requests, IsEmpty());
  EXPECT_THAT(wire.from_server, IsEmpty());
  EXPECT_EQ(handler.budget.used(), 0U);
}

TEST_F(SessionTest, a_short_chunked_body_is_never_handled) {
  start();
  send(kChunked.substr(0, kChunked.size() - 2));
  close_client();
  EXPECT_TRUE(ended);
  EXPECT_THAT(handler.requests, IsEmpty());
}

TEST_F(SessionTest, a_slow_head_is_answered_with_408) {
  start();
  send("POST /a HTTP/1.1\r\n");
  advance(context.options.header_timeout - 1ms);
  send("Host: gw\r\n");
  EXPECT_THAT(statuses(), IsEmpty());
  advance(1ms);
  EXPECT_THAT(statuses(), ElementsAre(408));
  EXPECT_TRUE(wire.server_shut);
}

TEST_F(SessionTest, a_slow_body_is_answered_with_408) {
  start();
  send("POST /a HTTP/1.1\r\nHost: gw\r\nContent-Length: 5\r\n\r\n1");
  advance(context.options.body_timeout - 1ms);
  send("2");
  EXPECT_THAT(statuses(), IsEmpty());
  advance(1ms);
  EXPECT_THAT(statuses(), ElementsAre(408));
  EXPECT_THAT(handler.requests, IsEmpty());
}

TEST_F(SessionTest, a_connection_that_never_asks_is_closed_without_answer) {
  start();
  advance(context.options.header_timeout);
  EXPECT_TRUE(wire.server_shut);
  EXPECT_THAT(wire.from_server, IsEmpty());
}

TEST_F(SessionTest, an_idle_connection_is_closed_without_answer) {
  start();
  send(post("/a", "1"));
  wire.from_server.clear();
  advance(context.options.idle_timeout - 1ms);
  EXPECT_FALSE(wire.server_shut);
  advance(1ms);
  EXPECT_TRUE(wire.server_shut);
  EXPECT_THAT(wire.from_server, IsEmpty());
}

TEST_F(SessionTest, a_handler_may_take_longer_than_any_timeout) {
  start();
  send(post("/slow", "1"));
  advance(24h);
  EXPECT_FALSE(ended);
  handler.release();
  poll();
  EXPECT_THAT(statuses(), ElementsAre(200));
}

TEST_F(SessionTest, a_client_that_does_not_read_its_answer_is_cut_off) {
  wire.stuck = true;
  start();
  send(post("/a", "1"));
  EXPECT_FALSE(ended);
  advance(context.options.write_timeout);
  EXPECT_TRUE(ended);
}

TEST_F(SessionTest, a_client_that_does_not_close_after_the_last_answer_is_cut_off) {
  start();
  send(post("/a", "1", "Connection: close\r\n"));
  EXPECT_FALSE(ended);
  advance(context.options.linger_timeout);
  EXPECT_TRUE(ended);
}

TEST_F(SessionTest, a_half_open_client_still_gets_its_answer) {
  start();
  send(post("/slow", "1"));
  close_client();
  handler.release();
  poll();
  EXPECT_THAT(statuses(), ElementsAre(200));
  EXPECT_TRUE(ended);
}

TEST_F(SessionTest, stop_tells_an_idle_client_and_waits_a_moment_for_it_to_close) {
  start();
  send(post("/a", "1"));
  session->stop();
  poll();
  EXPECT_TRUE(wire.server_shut);
  EXPECT_FALSE(ended);
  send(post("/b", "2"));  // was on its way
  advance(context.options.linger_timeout);
  EXPECT_TRUE(ended);
  EXPECT_THAT(statuses(), ElementsAre(200));
}

TEST_F(SessionTest, while_draining_each_answer_is_the_last_of_its_connection) {
  start();
  send(post("/a", "1"));
  context.draining = true;
  send(post("/b", "2"));
  EXPECT_THAT(statuses(), ElementsAre(200, 200));
  EXPECT_THAT(wire.from_server, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_TRUE(wire.server_shut);
}

TEST_F(SessionTest, stop_lets_the_request_under_way_finish) {
  start();
  send(post("/slow", "1") + post("/b", "2"));
  session->stop();
  poll();
  EXPECT_FALSE(ended);
  handler.release();
  poll();
  EXPECT_THAT(statuses(), ElementsAre(200));
  EXPECT_THAT(wire.from_server, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_TRUE(wire.server_shut);
}

TEST_F(SessionTest, stop_while_an_answer_is_written_ends_the_connection_after_it) {
  wire.stuck = true;
  start();
  send(post("/a", "1"));
  session->stop();
  wire.stuck = false;
  wire.changed.cancel();
  poll();
  EXPECT_THAT(statuses(), ElementsAre(200));
  EXPECT_TRUE(wire.server_shut);
}

TEST_F(SessionTest, abort_waits_for_the_handler_but_not_for_the_client) {
  start();
  send(post("/slow", "1"));
  session->abort();
  poll();
  EXPECT_FALSE(ended);
  handler.release();
  poll();
  EXPECT_TRUE(ended);
  EXPECT_THAT(wire.from_server, IsEmpty());
}

}  // namespace
}  // namespace spillway::http
