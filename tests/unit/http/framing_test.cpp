#include "http/framing.hpp"

#include <gmock/gmock.h>

#include <array>

namespace spillway::http {
namespace {

using Parsed = std::expected<std::optional<ParsedHead>, Response>;

Parsed parse(std::string_view input, const FramingLimits& limits = {}) {
  HeadParser parser(limits);
  return parser.resume(input);
}

// The status a head is refused with, 0 when it is taken, -1 when more is waited for.
int refusal(std::string_view input, const FramingLimits& limits = {}) {
  const Parsed parsed = parse(input, limits);
  if (!parsed) {
    return parsed.error().status;
  }
  return *parsed ? 0 : -1;
}

// A request with one header line more than it needs.
std::string with(std::string_view line) {
  return "POST /in/a HTTP/1.1\r\nHost: gw\r\n" + std::string(line) + "\r\n\r\n";
}

TEST(Framing, takes_a_plain_request_apart) {
  const std::string input =
      "POST /in/a%2Fb?x=1&y=?2 HTTP/1.1\r\nHost: gw:8080\r\nX-Empty:\r\nX-Space: \t a b \t\r\n"
      "Content-Length: 2\r\n\r\n{}";
  Parsed parsed = parse(input);
  ASSERT_TRUE(parsed && *parsed);
  const ParsedHead& head = **parsed;
  EXPECT_EQ(head.head.method, "POST");
  EXPECT_EQ(head.head.target, "/in/a%2Fb?x=1&y=?2");
  EXPECT_EQ(head.head.path, "/in/a%2Fb");
  EXPECT_EQ(head.head.query, "x=1&y=?2");
  EXPECT_EQ(head.head.find("x-empty"), "");
  EXPECT_EQ(head.head.find("x-space"), "a b");
  EXPECT_EQ(head.framing.body, BodyKind::sized);
  EXPECT_EQ(head.framing.content_length, 2U);
  EXPECT_TRUE(head.framing.keep_alive);
  EXPECT_EQ(head.bytes, input.size() - 2);
}

TEST(Framing, a_request_without_length_has_no_body) {
  Parsed parsed = parse("GET / HTTP/1.1\r\nHost: gw\r\n\r\n");
  ASSERT_TRUE(parsed && *parsed);
  EXPECT_EQ((*parsed)->framing.body, BodyKind::none);
}

TEST(Framing, one_empty_line_before_the_request_is_skipped) {
  EXPECT_EQ(refusal("\r\nGET / HTTP/1.1\r\nHost: gw\r\n\r\n"), 0);
  EXPECT_EQ(refusal("\r\n\r\nGET / HTTP/1.1\r\nHost: gw\r\n\r\n"), 400);
}

TEST(Framing, waits_for_the_rest_wherever_the_input_is_cut) {
  const std::string input = with("Content-Length: 5");
  const FramingLimits limits;
  HeadParser parser(limits);
  for (std::size_t bytes = 0; bytes < input.size(); ++bytes) {
    const Parsed parsed = parser.resume(std::string_view(input).substr(0, bytes));
    ASSERT_TRUE(parsed && !*parsed) << bytes;
  }
  const Parsed parsed = parser.resume(input);
  EXPECT_TRUE(parsed && *parsed);
}

TEST(Framing, refuses_a_bad_request_line) {
  for (const std::string_view line : {"GET  / HTTP/1.1",
                                      "GET / HTTP/1.1 ",
                                      " GET / HTTP/1.1",
                                      "GET\t/ HTTP/1.1",
                                      "GET /",
                                      "GET",
                                      "GET /a b HTTP/1.1",
                                      "GET /a\tb HTTP/1.1",
                                      "GET /a\x01 HTTP/1.1",
                                      "GET /a#b HTTP/1.1",
                                      "GET /\xc3\xa4 HTTP/1.1",
                                      "GET  HTTP/1.1",
                                      "G(T / HTTP/1.1",
                                      "GET / http/1.1",
                                      "GET / HTTP/1.1x",
                                      "GET / HTTP/11",
                                      "GET / HTTP/1.",
                                      "GET / HTP/1.1",
                                      "GET a HTTP/1.1",
                                      "GET * HTTP/1.1",
                                      "GET ftp://gw/ HTTP/1.1",
                                      "GET http:///a HTTP/1.1",
                                      "GET http://a@gw/ HTTP/1.1",
                                      "CONNECT gw:443 HTTP/1.1"}) {
    EXPECT_EQ(refusal(std::string(line) + "\r\nHost: gw\r\n\r\n"), 400) << line;
  }
}

TEST(Framing, refuses_other_versions_with_505) {
  for (const std::string_view version : {"HTTP/2.0", "HTTP/1.2", "HTTP/0.9", "HTTP/3.0"}) {
    EXPECT_EQ(refusal("GET / " + std::string(version) + "\r\nHost: gw\r\n\r\n"), 505) << version;
  }
}

TEST(Framing, takes_absolute_and_asterisk_targets) {
  struct Case {
    std::string_view line;
    std::string_view path;
    std::string_view query;
  };
  constexpr std::array kCases{
      Case{"GET http://gw/in/a?b HTTP/1.1", "/in/a", "b"},
      Case{"GET HTTPS://gw:443 HTTP/1.1", "/", ""},
      Case{"GET http://gw?b HTTP/1.1", "/", "b"},
      Case{"GET /http://gw/a HTTP/1.1", "/http://gw/a", ""},
      Case{"OPTIONS * HTTP/1.1", "*", ""},
  };
  for (const Case& c : kCases) {
    Parsed parsed = parse(std::string(c.line) + "\r\nHost: gw\r\n\r\n");
    ASSERT_TRUE(parsed && *parsed) << c.line;
    EXPECT_EQ((*parsed)->head.path, c.path) << c.line;
    EXPECT_EQ((*parsed)->head.query, c.query) << c.line;
  }
}

TEST(Framing, refuses_a_bad_header_line) {
  for (const std::string_view line :
       {"X-A : 1", "X-A\t: 1", " X-A: 1", "X-A: 1\r\n two", "X-A: 1\r\n\ttwo", "X-A", ": 1",
        "X A: 1", "X-A: a\x01", "X-A: a\rb", "X-\xc3: 1", "X-A: a\x7f", "X(A): 1"}) {
    EXPECT_EQ(refusal(with(line)), 400) << line;
  }
  EXPECT_EQ(refusal(with(std::string_view("X-A: a\0b", 8))), 400);
  EXPECT_EQ(refusal(with("X-A: caf\xc3\xa9")), 0);
}

TEST(Framing, refuses_lines_that_end_in_lf_alone) {
  EXPECT_EQ(refusal("GET / HTTP/1.1\nHost: gw\r\n\r\n"), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: gw\n\r\n"), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: gw\r\n\n"), 400);
}

TEST(Framing, refuses_a_missing_double_or_bad_host) {
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.0\r\n\r\n"), 0);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n"), 400);
  for (const std::string_view host :
       {"", "a b", "a/b", "a@b", "a:b", "a:123456", "a,b", "[::1", "[]", "[::1]x", "a?b", ":80"}) {
    const int expected = host == "a,b" ? 0 : 400;  // a comma may be part of a name
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"), expected)
        << host;
  }
  for (const std::string_view host : {"gw", "gw.example:8080", "127.0.0.1", "[::1]:80", "gw:"}) {
    EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"), 0) << host;
  }
}

TEST(Framing, refuses_an_ambiguous_content_length) {
  for (const std::string_view value : {"-1", "+1", "", "1 2", "1,2", "2, 2", "0x10", "1a",
                                       "18446744073709551616", "99999999999999999999999", "1.0"}) {
    EXPECT_EQ(refusal(with("Content-Length: " + std::string(value))), 400) << value;
  }
  EXPECT_EQ(refusal(with("Content-Length: 2\r\nContent-Length: 3")), 400);
  EXPECT_EQ(refusal(with("Content-Length: 0\r\nContent-Length: 0")), 400);
  EXPECT_EQ(refusal(with("Content-Length: 18446744073709551615")), 0);
}

TEST(Framing, takes_only_chunked_as_transfer_coding) {
  EXPECT_EQ(refusal(with("Transfer-Encoding: chunked")), 0);
  EXPECT_EQ(refusal(with("transfer-encoding: CHUNKED")), 0);
  for (const std::string_view value : {"chunked, gzip", "chunked, chunked", "", "chunked, "}) {
    EXPECT_EQ(refusal(with("Transfer-Encoding: " + std::string(value))), 400) << value;
  }
  for (const std::string_view value : {"xchunked", "gzip, chunked", "gzip", "identity",
                                       "chunked;q=1", "\"chunked\"", ", chunked"}) {
    EXPECT_EQ(refusal(with("Transfer-Encoding: " + std::string(value))), 501) << value;
  }
  EXPECT_EQ(refusal(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")), 400);
  EXPECT_EQ(refusal(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity")), 400);
}

TEST(Framing, refuses_length_and_coding_together) {
  EXPECT_EQ(refusal(with("Content-Length: 4\r\nTransfer-Encoding: chunked")), 400);
  EXPECT_EQ(refusal(with("Transfer-Encoding: chunked\r\nContent-Length: 0")), 400);
  EXPECT_EQ(refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
}

TEST(Framing, knows_one_expectation) {
  Parsed parsed = parse(with("Expect: 100-Continue\r\nContent-Length: 1"));
  ASSERT_TRUE(parsed && *parsed);
  EXPECT_TRUE((*parsed)->framing.expects_continue);
  EXPECT_EQ(refusal(with("Expect: 200-ok")), 417);
  parsed = parse("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
  ASSERT_TRUE(parsed && *parsed);
  EXPECT_FALSE((*parsed)->framing.expects_continue);
}

TEST(Framing, keeps_the_connection_as_the_client_says) {
  const auto keeps = [](std::string_view input) { return (*parse(input))->framing.keep_alive; };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n"));
}

TEST(Framing, bounds_the_request_line_the_head_and_the_fields) {
  const FramingLimits limits{
      .request_line_bytes_max = 30, .header_bytes_max = 100, .fields_max = 3};
  EXPECT_EQ(refusal("GET /0123456789012345678901234 HTTP/1.1\r\nHost: a\r\n\r\n", limits), 414);
  EXPECT_EQ(refusal("GET /0123456789012345678901234567890", limits), 414);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nX: " + std::string(100, 'x'), limits), 431);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(80, 'x') + "\r\n\r\n", limits),
            431);
  const std::string three = "GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 1\r\n";
  EXPECT_EQ(refusal(three + "\r\n", limits), 0);
  EXPECT_EQ(refusal(three + "C: 1\r\n\r\n", limits), 431);
}

TEST(Framing, refuses_what_is_not_http_without_waiting_for_more) {
  EXPECT_EQ(refusal(std::string_view("\x16\x03\x01\x02", 4)), 400);
  EXPECT_EQ(refusal(std::string_view("\0", 1)), 400);
  EXPECT_EQ(refusal("G"), -1);
  EXPECT_EQ(refusal("\r"), -1);
}

}  // namespace
}  // namespace spillway::http
