#include "http/chunked.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace spillway::http {
namespace {

struct Decoded {
  std::string body;
  std::size_t consumed = 0;
  bool done = false;
};

// Nothing when the input is refused.
std::optional<Decoded> decode(std::string_view input, std::size_t piece = std::string::npos) {
  ChunkedDecoder decoder;
  Decoded decoded;
  while (decoded.consumed < input.size() && !decoder.done()) {
    const auto step = decoder.resume(input.substr(decoded.consumed, piece));
    if (!step) {
      EXPECT_EQ(step.error().status, 400);
      return std::nullopt;
    }
    decoded.body.append(step->data);
    decoded.consumed += step->consumed;
  }
  decoded.done = decoder.done();
  return decoded;
}

TEST(Chunked, joins_the_chunks_and_stops_at_the_end) {
  const std::string input = "3\r\nabc\r\nA\r\n0123456789\r\n000\r\n\r\n";
  for (std::size_t piece = 1; piece <= input.size(); ++piece) {
    const std::optional<Decoded> decoded = decode(input + "GET", piece);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->body, "abc0123456789");
    EXPECT_EQ(decoded->consumed, input.size());
    EXPECT_TRUE(decoded->done);
  }
}

TEST(Chunked, drops_extensions_and_trailers) {
  const std::optional<Decoded> decoded =
      decode("1;a=\"b;\\\"c\"\r\nx\r\n0;last\r\nContent-Length: 9\r\nB: \xc3\xa4\r\n\r\n");
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->body, "x");
  EXPECT_TRUE(decoded->done);
}

TEST(Chunked, refuses_what_is_not_exactly_a_chunk) {
  for (const std::string_view input : {"zz\r\n",
                                       "\r\n",
                                       ";a\r\n",
                                       "-1\r\n",
                                       "+1\r\n",
                                       "0x1\r\n",
                                       " 1\r\n",
                                       "1 \r\n",
                                       "1\n",
                                       "1\rx",
                                       "1;a\n",
                                       "1;a\rb",
                                       "1\r\nab",
                                       "1\r\na\n",
                                       "1\r\na\rx",
                                       "1\r\na\r\n\r\n",
                                       "0\r\n\n",
                                       "0\r\n\rx",
                                       "0\r\nA\nB",
                                       "0\r\n A: 1\r\n",
                                       "0\r\nA: 1\r\r\n",
                                       "0\r\n: 1\r\n",
                                       "0\r\nA\r\n",
                                       "0\r\nA : 1\r\n",
                                       "1;a=\"b\r\n",
                                       "1;a=\"\\\"\r\n",
                                       "1;\x01\r\n",
                                       "0\r\nA: \x7f\r\n"}) {
    EXPECT_FALSE(decode(input)) << input;
  }
}

TEST(Chunked, refuses_a_size_that_could_overflow) {
  EXPECT_TRUE(decode("fffffffffffffff\r\n"));
  EXPECT_FALSE(decode("ffffffffffffffff\r\n"));
  EXPECT_FALSE(decode("10000000000000000\r\n"));
  EXPECT_FALSE(decode("0000000000000000000001\r\n"));
}

TEST(Chunked, bounds_extensions_and_trailers_of_the_whole_body) {
  std::string extensions;
  for (int i = 0; i < 100; ++i) {
    extensions += "1;" + std::string(50, 'e') + "\r\nx\r\n";
  }
  EXPECT_FALSE(decode(extensions));
  EXPECT_FALSE(decode("0\r\nA: " + std::string(5000, 'x')));
  std::string trailers = "0\r\n";
  for (int i = 0; i < 1000; ++i) {
    trailers += "A: 123\r\n";
  }
  EXPECT_FALSE(decode(trailers));
}

}  // namespace
}  // namespace spillway::http
