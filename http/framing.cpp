#include "http/framing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/headers.hpp"
#include "core/trim.hpp"
#include "http/grammar.hpp"
#include "http/problem.hpp"

namespace spillway::http {

using core::equal_ignoring_case;

namespace {

std::unexpected<Response> refuse(int status, std::string_view detail) {
  return std::unexpected(problem(status, detail));
}

// Calls `use` with each element of a comma-separated list, empty ones included.
template <class Use>
void for_each_element(std::string_view list, Use use) {
  while (true) {
    const std::size_t comma = list.find(',');
    use(core::trimmed(list.substr(0, comma)));
    if (comma == std::string_view::npos) {
      return;
    }
    list.remove_prefix(comma + 1);
  }
}

bool is_port(std::string_view text) {
  return text.size() <= 5 && std::ranges::all_of(text, is_digit);
}

// uri-host [ ":" port ] of RFC 9112 section 3.2: enough of it that no delimiter of a URL hides.
bool is_host(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || end == 1) {
      return false;
    }
    constexpr std::string_view kAddress = "0123456789abcdefABCDEF:.";
    const bool is_address =
        text.substr(1, end - 1).find_first_not_of(kAddress) == std::string_view::npos;
    const std::string_view rest = text.substr(end + 1);
    return is_address && (rest.empty() || (rest.front() == ':' && is_port(rest.substr(1))));
  }
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  constexpr std::string_view kOther = "-._~%!$&'()*+,;=";
  const bool is_name = !name.empty() && std::ranges::all_of(name, [&](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOther.find(c) != std::string_view::npos;
  });
  return is_name && (colon == std::string_view::npos || is_port(text.substr(colon + 1)));
}

}  // namespace

std::expected<std::optional<ParsedHead>, Response> HeadParser::resume(std::string_view input) {
  while (!ended_) {
    const std::size_t newline = input.find('\n', scanned_);
    if (newline == std::string_view::npos) {
      scanned_ = input.size();
      if (Verdict verdict = check_unfinished(input); !verdict) {
        return std::unexpected(std::move(verdict.error()));
      }
      return std::nullopt;
    }
    const std::string_view line = input.substr(line_start_, newline - line_start_);
    line_start_ = scanned_ = newline + 1;
    if (Verdict verdict = take_line(line); !verdict) {
      return std::unexpected(std::move(verdict.error()));
    }
  }
  if (Verdict verdict = conclude(); !verdict) {
    return std::unexpected(std::move(verdict.error()));
  }
  parsed_.bytes = line_start_;
  return std::move(parsed_);
}

// Refuses what no further byte can mend, so that it is not waited for.
HeadParser::Verdict HeadParser::check_unfinished(std::string_view input) const {
  const std::string_view line = input.substr(line_start_);
  if (!has_request_line_) {
    if (!line.empty() && !is_token_char(line.front()) && line != "\r") {
      return refuse(400, "this is not an HTTP request: it does not start with a method");
    }
    if (line.size() > limits_.request_line_bytes_max) {
      return refuse(414, fmt::format("the request line is longer than {} bytes",
                                     limits_.request_line_bytes_max));
    }
  }
  if (input.size() > limits_.header_bytes_max) {
    return refuse(
        431, fmt::format("the request's head is larger than {} bytes", limits_.header_bytes_max));
  }
  return {};
}

HeadParser::Verdict HeadParser::take_line(std::string_view line) {
  if (!line.ends_with('\r')) {
    return refuse(400, "a line of the request's head ends without a carriage return");
  }
  line.remove_suffix(1);
  if (!has_request_line_) {
    // RFC 9112 section 2.2: some clients send an empty line after a body.
    constexpr std::size_t kEmptyLineBytes = 2;
    if (line.empty() && line_start_ == kEmptyLineBytes) {
      return {};
    }
    has_request_line_ = true;
    return take_request_line(line);
  }
  if (line_start_ > limits_.header_bytes_max) {
    return refuse(
        431, fmt::format("the request's head is larger than {} bytes", limits_.header_bytes_max));
  }
  if (line.empty()) {
    ended_ = true;
    return {};
  }
  return take_field(line);
}

HeadParser::Verdict HeadParser::take_request_line(std::string_view line) {
  if (line.size() > limits_.request_line_bytes_max) {
    return refuse(414, fmt::format("the request line is longer than {} bytes",
                                   limits_.request_line_bytes_max));
  }
  const std::size_t method_end = line.find(' ');
  const std::string_view method = line.substr(0, method_end);
  if (method.empty() || !std::ranges::all_of(method, is_token_char)) {
    return refuse(400, "this is not an HTTP request: it does not start with a method");
  }
  const std::size_t target_end =
      method_end == std::string_view::npos ? method_end : line.find(' ', method_end + 1);
  if (target_end == std::string_view::npos) {
    return refuse(400, "the request line is not 'METHOD target HTTP/1.1'");
  }
  const std::string_view version = line.substr(target_end + 1);
  if (version.size() != 8 || !version.starts_with("HTTP/") || !is_digit(version[5]) ||
      version[6] != '.' || !is_digit(version[7])) {
    return refuse(400, "the request line does not end with ' HTTP/1.1'");
  }
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return refuse(505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
  }
  parsed_.head.minor_version = version.back() - '0';
  parsed_.head.method = method;
  return take_target(line.substr(method_end + 1, target_end - method_end - 1));
}

HeadParser::Verdict HeadParser::take_target(std::string_view target) {
  if (target.empty() || !std::ranges::all_of(target, is_target_char)) {
    return refuse(400, "the request target is empty or holds a character no URL may hold");
  }
  parsed_.head.target = target;
  std::string_view origin = target;
  const std::size_t scheme_end = target.find("://");
  if (scheme_end != std::string_view::npos && !target.starts_with('/')) {
    const std::string_view scheme = target.substr(0, scheme_end);
    const std::string_view rest = target.substr(scheme_end + 3);
    const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
    if (!(equal_ignoring_case(scheme, "http") || equal_ignoring_case(scheme, "https")) ||
        !is_host(rest.substr(0, authority_end))) {
      return refuse(400, "the request target is neither a path nor an http URL");
    }
    origin = rest.substr(authority_end);
  } else if (!target.starts_with('/') && !(target == "*" && parsed_.head.method == "OPTIONS")) {
    return refuse(400, "the request target is neither a path nor an http URL");
  }
  const std::size_t question = origin.find('?');
  const std::string_view path = origin.substr(0, question);
  parsed_.head.path = path.empty() ? std::string_view("/") : path;
  if (question != std::string_view::npos) {
    parsed_.head.query = origin.substr(question + 1);
  }
  return {};
}

HeadParser::Verdict HeadParser::take_field(std::string_view line) {
  if (parsed_.head.headers.size() == limits_.fields_max) {
    return refuse(431,
                  fmt::format("the request has more than {} header fields", limits_.fields_max));
  }
  if (line.front() == ' ' || line.front() == '\t') {
    return refuse(400, "a header line starts with white space; folded headers are obsolete");
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return refuse(400, "a header line is not 'Name: value'");
  }
  const std::string_view name = line.substr(0, colon);
  if (!std::ranges::all_of(name, is_token_char)) {
    return refuse(400, "a header name holds a character no name may hold, such as a space");
  }
  const std::string_view value = core::trimmed(line.substr(colon + 1));
  if (!std::ranges::all_of(value, is_field_char)) {
    return refuse(400, "a header value holds a control character");
  }
  parsed_.head.headers.push_back({std::string(name), std::string(value)});
  return note_framing(name, value);
}

HeadParser::Verdict HeadParser::note_framing(std::string_view name, std::string_view value) {
  if (equal_ignoring_case(name, "host")) {
    if (++hosts_ > 1 || !is_host(value)) {
      return refuse(400, "Host is given more than once, or is not 'name' or 'name:port'");
    }
  } else if (equal_ignoring_case(name, "content-length")) {
    return take_content_length(value);
  } else if (equal_ignoring_case(name, "transfer-encoding")) {
    if (transfer_coding_) {
      transfer_coding_->append(",");
    } else {
      transfer_coding_.emplace();
    }
    transfer_coding_->append(value);
  } else if (equal_ignoring_case(name, "connection")) {
    take_connection(value);
  } else if (equal_ignoring_case(name, "expect")) {
    if (!equal_ignoring_case(value, "100-continue")) {
      return refuse(417, "the only expectation met here is '100-continue'");
    }
    // An HTTP/1.0 client cannot understand the interim answer (RFC 9110 section 10.1.1).
    parsed_.framing.expects_continue = parsed_.head.minor_version == 1;
  }
  return {};
}

HeadParser::Verdict HeadParser::take_content_length(std::string_view value) {
  // Equal lengths may be merged (RFC 9112 section 6.3), but no sender of ours repeats them.
  if (std::exchange(has_content_length_, true)) {
    return refuse(400, "Content-Length is given more than once");
  }
  std::uint64_t& length = parsed_.framing.content_length;
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, length);
  if (value.empty() || error != std::errc{} || stop != end) {
    return refuse(400, "Content-Length is not a number of bytes");
  }
  return {};
}

void HeadParser::take_connection(std::string_view value) {
  for_each_element(value, [this](std::string_view option) {
    asks_close_ = asks_close_ || equal_ignoring_case(option, "close");
    asks_keep_alive_ = asks_keep_alive_ || equal_ignoring_case(option, "keep-alive");
  });
}

HeadParser::Verdict HeadParser::conclude() {
  const bool is_http_1_0 = parsed_.head.minor_version == 0;
  Framing& framing = parsed_.framing;
  framing.keep_alive = !asks_close_ && (!is_http_1_0 || asks_keep_alive_);
  if (hosts_ == 0 && !is_http_1_0) {
    return refuse(400, "HTTP/1.1 requests must have a Host header");
  }
  if (!transfer_coding_) {
    framing.body = framing.content_length > 0 ? BodyKind::sized : BodyKind::none;
    return {};
  }
  framing.body = BodyKind::chunked;
  if (has_content_length_) {
    return refuse(400, "the request has both Content-Length and Transfer-Encoding");
  }
  if (is_http_1_0) {
    return refuse(400, "HTTP/1.0 has no Transfer-Encoding");
  }
  return judge_transfer_coding();
}

HeadParser::Verdict HeadParser::judge_transfer_coding() const {
  int codings = 0;
  int chunked = 0;
  bool is_last = false;
  for_each_element(*transfer_coding_, [&](std::string_view coding) {
    ++codings;
    is_last = equal_ignoring_case(coding, "chunked");
    chunked += is_last ? 1 : 0;
  });
  if (codings == 1 && chunked == 1) {
    return {};
  }
  const bool is_misplaced = chunked > 1 || (chunked == 1 && !is_last);
  if (is_misplaced || core::trimmed(*transfer_coding_).empty()) {
    return refuse(400, "Transfer-Encoding must end with 'chunked', given once");
  }
  return refuse(501, "the only transfer coding understood here is 'chunked'");
}

}  // namespace spillway::http
