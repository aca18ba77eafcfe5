#include "http/body_stream.hpp"

#include <gmock/gmock.h>

#include "session_harness.hpp"

namespace spillway::http {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

class StreamTest : public SessionTest {
 protected:
  void ask(std::string_view method = "GET") {
    start();
    send(std::string(method) + " /stream HTTP/1.1\r\nHost: gw\r\n\r\n");
  }

  void give(std::string part) {
    handler.stream->give(std::move(part));
    poll();
  }
};

TEST_F(StreamTest, writes_what_comes_when_it_comes) {
  ask();
  EXPECT_THAT(wire.from_server, EndsWith("Connection: close\r\n\r\n"));
  EXPECT_THAT(wire.from_server, Not(HasSubstr("Content-Length")));
  EXPECT_GT(wire.unsent_bytes_max, 0);
  EXPECT_EQ(wire.unsent_limit, context.options.stream_write_timeout);
  give("one\n");
  EXPECT_THAT(wire.from_server, EndsWith("one\n"));
  advance(1h);
  give("two\n");
  EXPECT_THAT(wire.from_server, EndsWith("one\ntwo\n"));
  EXPECT_FALSE(ended);
}

TEST_F(StreamTest, its_end_is_that_of_the_connection) {
  ask();
  handler.stream->end();
  poll();
  EXPECT_TRUE(wire.server_shut);
  close_client();
  EXPECT_TRUE(ended);
}

TEST_F(StreamTest, is_not_begun_for_who_wants_only_the_head) {
  ask("HEAD");
  EXPECT_THAT(statuses(), testing::ElementsAre(200));
  EXPECT_FALSE(handler.stream->stopped);
  EXPECT_EQ(wire.unsent_bytes_max, 0);
}

TEST_F(StreamTest, a_reader_that_does_not_read_is_left_after_a_while) {
  ask();
  wire.stuck = true;
  give("one");
  give("two");
  EXPECT_EQ(handler.stream->parts.size(), 1) << "taken before the one before was written";
  advance(context.options.stream_write_timeout - 1s);
  EXPECT_FALSE(ended);
  advance(2s);
  EXPECT_TRUE(ended);
  EXPECT_TRUE(handler.stream->stopped);
}

TEST_F(StreamTest, a_stop_ends_it_at_once) {
  ask();
  session->stop();
  poll();
  EXPECT_TRUE(ended);
  EXPECT_TRUE(handler.stream->stopped);
}

TEST_F(StreamTest, a_stop_does_not_wait_for_a_reader_that_does_not_read) {
  ask();
  wire.stuck = true;
  give("one");
  session->stop();
  poll();
  EXPECT_TRUE(ended);
}

TEST_F(StreamTest, an_abort_ends_it) {
  ask();
  session->abort();
  poll();
  EXPECT_TRUE(ended);
  EXPECT_TRUE(handler.stream->stopped);
}

}  // namespace
}  // namespace spillway::http
