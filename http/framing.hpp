// The strict reading of a request's head (RFC 9112), first thing on an event's path: where the
// request ends must never be a matter of opinion between us and a proxy before us, so whatever is
// ambiguous is refused, never repaired. Pure: bytes in, verdict out; one per request, owned by the
// server session.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace spillway::http {

struct FramingLimits {
  std::size_t request_line_bytes_max = 8 * 1024;
  std::size_t header_bytes_max = 16 * 1024;  // of the whole head, request line included
  std::size_t fields_max = 100;

  bool operator==(const FramingLimits&) const = default;
};

enum class BodyKind { none, sized, chunked };

struct Framing {
  BodyKind body = BodyKind::none;
  std::uint64_t content_length = 0;  // of a sized body
  bool keep_alive = true;
  bool expects_continue = false;  // the sender waits for "100 Continue" before it sends the body
};

struct ParsedHead {
  RequestHead head;  // without `remote`
  Framing framing;
  std::size_t bytes = 0;  // what the head took of the input
};

class HeadParser {
 public:
  explicit HeadParser(const FramingLimits& limits) : limits_(limits) {}

  // Reads on in `input`, which holds every byte since the request's first one. Nothing means that
  // the head is not complete yet; a response is the refusal, after which the connection must
  // close, since nobody knows where the next request starts.
  [[nodiscard]] std::expected<std::optional<ParsedHead>, Response> resume(std::string_view input);

 private:
  using Verdict = std::expected<void, Response>;

  [[nodiscard]] Verdict check_unfinished(std::string_view input) const;
  [[nodiscard]] Verdict take_line(std::string_view line);
  [[nodiscard]] Verdict take_request_line(std::string_view line);
  [[nodiscard]] Verdict take_target(std::string_view target);
  [[nodiscard]] Verdict take_field(std::string_view line);
  [[nodiscard]] Verdict note_framing(std::string_view name, std::string_view value);
  [[nodiscard]] Verdict take_content_length(std::string_view value);
  void take_connection(std::string_view value);
  [[nodiscard]] Verdict conclude();
  [[nodiscard]] Verdict judge_transfer_coding() const;

  const FramingLimits& limits_;
  ParsedHead parsed_;
  std::size_t scanned_ = 0;     // no line ends before this in the input but those taken
  std::size_t line_start_ = 0;  // where the first line not yet taken starts
  bool has_request_line_ = false;
  bool ended_ = false;
  int hosts_ = 0;
  bool has_content_length_ = false;
  std::optional<std::string> transfer_coding_;
  bool asks_close_ = false;
  bool asks_keep_alive_ = false;
};

}  // namespace spillway::http
