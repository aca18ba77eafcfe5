// Whatever a destination sends: the response parser must not care how it was cut into reads, keeps
// no more than it was told to, and what it calls a response has a status of one.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/check.hpp"
#include "http/response_parser.hpp"

namespace {

using namespace spillway::http;

constexpr std::size_t kExcerptBytesMax = 32;
constexpr std::size_t kWhole = std::size_t{1} << 20;

struct Read {
  bool refused = false;
  bool has_status = false;
  std::uint16_t status = 0;
  std::string retry_after;
  bool done = false;
  // Of what is not done nobody asks for the rest.
  bool keep_alive = false;
  std::size_t consumed = 0;
  std::string excerpt;

  bool operator==(const Read&) const = default;
};

// The response read in pieces, then the connection closed.
Read read_in_pieces(std::string_view input, std::size_t piece) {
  ResponseParser parser(kExcerptBytesMax);
  Read read;
  std::size_t offered = 0;
  std::size_t consumed = 0;
  while (offered < input.size() && !read.refused && !parser.done()) {
    offered += std::min(piece, input.size() - offered);
    const auto taken = parser.resume(input.substr(consumed, offered - consumed));
    if (taken) {
      CHECK(*taken <= offered - consumed);
      consumed += *taken;
    }
    read.refused = !taken;
  }
  CHECK(parser.response().excerpt.size() <= kExcerptBytesMax);
  if (!read.refused) {
    parser.end();
  }
  read.has_status = parser.has_status();
  read.status = parser.response().status;
  read.retry_after = parser.response().retry_after;
  read.done = parser.done();
  if (read.done) {
    read.keep_alive = parser.keep_alive();
    read.consumed = consumed;
    read.excerpt = parser.response().excerpt;
  }
  return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const Read whole = read_in_pieces(input, kWhole);
  const Read pieces = read_in_pieces(input, 1);
  if (whole.refused != pieces.refused) {
    // A head that came in several reads is looked at when its end is there.
    CHECK(whole.refused && !pieces.done);
    CHECK(read_in_pieces(std::string(input) + "\r\n\r\n", 1).refused);
    return 0;
  }
  CHECK(whole.has_status == pieces.has_status);
  if (!whole.refused && whole.has_status) {
    CHECK(whole == pieces);
    CHECK(whole.status >= 200 && whole.status <= 999);
  }
  CHECK(whole.has_status || !whole.done);
  return 0;
}
