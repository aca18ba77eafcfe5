#include "http/response_parser.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace spillway::http {
namespace {

// Offers the text in pieces, as reads would, and keeps what is not consumed.
core::Result<void> feed(ResponseParser& parser, std::string_view text, std::size_t piece) {
  std::string pending;
  while (!text.empty() && !parser.done()) {
    pending += text.substr(0, piece);
    text.remove_prefix(std::min(piece, text.size()));
    const auto consumed = parser.resume(pending);
    if (!consumed) {
      return std::unexpected(consumed.error());
    }
    pending.erase(0, *consumed);
  }
  return {};
}

TEST(ResponseParser, reads_a_response_however_it_is_split) {
  const std::string_view text =
      "HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\nLink: </a>\r\n\r\n"
      "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 120\r\nContent-Length: 5\r\n\r\nhello";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    ResponseParser parser(1024);
    ASSERT_TRUE(feed(parser, text, piece));
    ASSERT_TRUE(parser.done()) << piece;
    EXPECT_EQ(parser.response().status, 429);
    EXPECT_EQ(parser.response().retry_after, "120");
    EXPECT_EQ(parser.response().excerpt, "hello");
    EXPECT_TRUE(parser.keep_alive());
  }
}

TEST(ResponseParser, takes_the_chunked_coding_off) {
  const std::string_view text =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "4;a=b\r\nwiki\r\n5\r\npedia\r\n0\r\nTrailer: x\r\n\r\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    ResponseParser parser(6);
    ASSERT_TRUE(feed(parser, text, piece));
    ASSERT_TRUE(parser.done()) << piece;
    EXPECT_EQ(parser.response().excerpt, "wikipe");
    EXPECT_TRUE(parser.keep_alive());
  }
}

// Beast asserts that five bytes are there once it has seen the last chunk's size.
TEST(ResponseParser, a_body_of_no_chunk_may_end_in_pieces) {
  const std::string_view text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    ResponseParser parser(6);
    ASSERT_TRUE(feed(parser, text, piece));
    ASSERT_TRUE(parser.done()) << piece;
    EXPECT_TRUE(parser.keep_alive());
  }
}

TEST(ResponseParser, retry_after_of_an_interim_response_does_not_count) {
  ResponseParser parser(0);
  ASSERT_TRUE(feed(parser,
                   "HTTP/1.1 100 Continue\r\nRetry-After: 9\r\n\r\n"
                   "HTTP/1.1 204 No Content\r\n\r\n",
                   1000));
  EXPECT_TRUE(parser.done());
  EXPECT_EQ(parser.response().status, 204);
  EXPECT_EQ(parser.response().retry_after, "");
}

TEST(ResponseParser, body_may_end_with_the_connection) {
  ResponseParser parser(100);
  ASSERT_TRUE(feed(parser, "HTTP/1.1 500 Oops\r\n\r\nno length", 1000));
  EXPECT_TRUE(parser.has_status());
  EXPECT_FALSE(parser.done());
  parser.end();
  EXPECT_TRUE(parser.done());
  EXPECT_FALSE(parser.keep_alive());
  EXPECT_EQ(parser.response().excerpt, "no length");
}

TEST(ResponseParser, short_body_is_not_done) {
  ResponseParser parser(100);
  ASSERT_TRUE(feed(parser, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", 1000));
  parser.end();
  EXPECT_TRUE(parser.has_status());
  EXPECT_FALSE(parser.done());
}

TEST(ResponseParser, unfinished_head_has_no_status) {
  ResponseParser parser(100);
  ASSERT_TRUE(feed(parser, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", 1000));
  parser.end();
  EXPECT_FALSE(parser.has_status());
}

TEST(ResponseParser, nothing_at_all_has_no_status) {
  ResponseParser parser(100);
  parser.end();
  EXPECT_FALSE(parser.has_status());
}

TEST(ResponseParser, stops_reading_a_huge_body) {
  ResponseParser parser(10);
  const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" +
                           std::string(kResponseBodyBytesMax + 1, 'x');
  ASSERT_TRUE(feed(parser, text, 4096));
  EXPECT_TRUE(parser.done());
  EXPECT_FALSE(parser.keep_alive());
  EXPECT_EQ(parser.response().excerpt, std::string(10, 'x'));
}

TEST(ResponseParser, connection_close_is_obeyed) {
  ResponseParser parser(10);
  ASSERT_TRUE(
      feed(parser, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", 1000));
  EXPECT_TRUE(parser.done());
  EXPECT_FALSE(parser.keep_alive());
}

TEST(ResponseParser, refuses_what_is_no_response) {
  std::string endless_hints;
  for (int i = 0; i < 20; ++i) {
    endless_hints += "HTTP/1.1 103 Early Hints\r\n\r\n";
  }
  for (const std::string& text :
       {std::string("SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        std::string("HTTP/1.1 101 Switching Protocols\r\n\r\n"),
        std::string("HTTP/1.1 099 Low\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
        "HTTP/1.1 200 OK\r\nX: " + std::string(kResponseHeadBytesMax, 'x') + "\r\n\r\n",
        endless_hints}) {
    ResponseParser parser(10);
    EXPECT_FALSE(feed(parser, text, text.size())) << text.substr(0, 60);
  }
}

}  // namespace
}  // namespace spillway::http
