#include "http/client_request.hpp"

#include "http/grammar.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace spillway::http {

ClientRequest::ClientRequest(std::string_view method, const Endpoint& endpoint,
                             std::shared_ptr<const void> owner, std::string_view body)
    : ClientRequest(method, endpoint, endpoint.options().url.target, std::move(owner), body) {}

ClientRequest::ClientRequest(std::string_view method, const Endpoint& endpoint,
                             std::string_view target, std::shared_ptr<const void> owner,
                             std::string_view body)
    : owner_(std::move(owner)), body_(body) {
  head_.reserve(1024);  // headers of a delivery fit, most of the time
  fmt::format_to(std::back_inserter(head_), "{} {} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n",
                 method, target, endpoint.authority(), body.size());
}

bool ClientRequest::add_header(std::string_view name, std::string_view value) {
  if (name.empty() || !std::ranges::all_of(name, is_token_char) ||
      !std::ranges::all_of(value, is_field_char)) {
    return false;
  }
  head_.append(name).append(": ").append(value).append("\r\n");
  return true;
}

}  // namespace spillway::http
