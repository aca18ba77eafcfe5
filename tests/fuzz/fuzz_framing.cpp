// Whatever the bytes: the head parser and the chunk decoder must not care how the input was cut
// into reads; and what they take, Beast's parser must refuse or take the same way, with the same
// method, target, length and body. Two parsers that disagree on where a request ends are what
// request smuggling is made of.
#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "core/check.hpp"
#include "http/chunked.hpp"
#include "http/framing.hpp"

namespace {

using namespace spillway::http;
namespace beast_http = boost::beast::http;

constexpr std::size_t kBodyBytesMax = 64 * 1024;

// The verdict after reads of `piece` bytes; nothing while the head is incomplete.
std::expected<std::optional<ParsedHead>, Response> parse_in_pieces(std::string_view input,
                                                                   std::size_t piece) {
  const FramingLimits limits;
  HeadParser parser(limits);
  for (std::size_t bytes = piece;; bytes += piece) {
    auto parsed = parser.resume(input.substr(0, bytes));
    if (!parsed || *parsed || bytes >= input.size()) {
      return parsed;
    }
  }
}

struct Message {
  std::string body;
  std::size_t bytes = 0;
};

// Nothing when the body is refused or incomplete.
std::optional<Message> read_body(std::string_view input, const Framing& framing,
                                 std::size_t piece) {
  if (framing.body != BodyKind::chunked) {
    if (framing.content_length > input.size()) {
      return std::nullopt;
    }
    const auto bytes = static_cast<std::size_t>(framing.content_length);
    return Message{std::string(input.substr(0, bytes)), bytes};
  }
  ChunkedDecoder decoder;
  Message message;
  while (!decoder.done()) {
    if (message.bytes == input.size()) {
      return std::nullopt;
    }
    const auto step = decoder.resume(input.substr(message.bytes, piece));
    if (!step) {
      return std::nullopt;
    }
    message.body.append(step->data);
    message.bytes += step->consumed;
  }
  return message;
}

void check_beast_agrees(std::string_view input, const ParsedHead& head, const Message& message) {
  beast_http::request_parser<beast_http::string_body> parser;
  parser.eager(true);
  parser.header_limit(64 * 1024);
  parser.body_limit(kBodyBytesMax);
  std::size_t consumed = 0;
  boost::system::error_code error;
  const std::string_view request = input.substr(0, head.bytes + message.bytes);
  while (!parser.is_done() && !error) {
    const std::string_view rest = request.substr(consumed);
    const std::size_t taken = parser.put(boost::asio::buffer(rest), error);
    consumed += taken;
    if (taken == 0) {
      break;
    }
  }
  if (error) {
    return;  // it also judges what does not concern us, such as Proxy-Connection
  }
  CHECK(parser.is_done());
  CHECK(consumed == request.size());
  const auto& other = parser.get();
  CHECK(std::string_view(other.method_string().data(), other.method_string().size()) ==
        head.head.method);
  CHECK(std::string_view(other.target().data(), other.target().size()) == head.head.target);
  CHECK(other.body() == message.body);
  // Told both to close and to keep alive, Beast keeps alive.
  CHECK(other.keep_alive() || !head.framing.keep_alive);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  auto whole = parse_in_pieces(input, std::string_view::npos / 2);
  const auto pieces = parse_in_pieces(input, 1);
  CHECK(whole.has_value() == pieces.has_value());
  if (!whole) {
    CHECK(whole.error().status == pieces.error().status);
    return 0;
  }
  CHECK(whole->has_value() == pieces->has_value());
  if (!*whole || (*whole)->framing.content_length > kBodyBytesMax) {
    return 0;
  }
  const ParsedHead& head = **whole;
  const std::string_view rest = input.substr(head.bytes);
  const std::optional<Message> message = read_body(rest, head.framing, std::string_view::npos);
  const std::optional<Message> slow = read_body(rest, head.framing, 1);
  CHECK(message.has_value() == slow.has_value());
  if (message) {
    CHECK(message->body == slow->body && message->bytes == slow->bytes);
    check_beast_agrees(input, head, *message);
  }
  return 0;
}
