#include "http/response_head.hpp"

#include <fmt/format.h>

#include <iterator>

#include "http/grammar.hpp"
#include "http/problem.hpp"

namespace spillway::http {
namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  // A line break in a value would start a header, or a response, of its own.
  for (const char c : value) {
    out.push_back(is_field_char(c) ? c : ' ');
  }
  out.append("\r\n");
}

}  // namespace

void append_response_head(std::string& out, const Response& response, AfterResponse after,
                          int minor_version, std::string_view date) {
  fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status,
                 reason_phrase(response.status), date);
  if (allows_body(response.status)) {
    if (!response.stream) {
      fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", response.body.size());
    }
    if (!response.content_type.empty()) {
      append_field(out, "Content-Type", response.content_type);
    }
  }
  for (const core::Header& header : response.headers) {
    append_field(out, header.name, header.value);
  }
  if (after == AfterResponse::close) {
    out.append("Connection: close\r\n");
  } else if (minor_version == 0) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
}

}  // namespace spillway::http
