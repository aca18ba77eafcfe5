// One HTTP exchange as the server's handlers see it: plain values, without sockets or Boost. Made
// by the server session on its io thread, moved to the handler and back.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/byte_budget.hpp"
#include "core/event.hpp"

namespace spillway::http {

class BodyStream;

struct RequestHead {
  std::string method;  // as sent; method names are case-sensitive
  std::string target;  // as sent: what some senders sign
  // The target's path and query, as sent. Not percent-decoded: paths are compared literally, so
  // that no spelling of a path can pass for another one. The query is without its '?'.
  std::string path;
  std::string query;
  int minor_version = 1;  // HTTP/1.0 or HTTP/1.1
  std::vector<core::Header> headers;
  std::string remote;  // the peer's address, without port

  // The value of the first header of that name, in any case.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
};

struct Request {
  RequestHead head;
  std::string body{};
  core::ByteBudget::Reservation memory;  // what the body holds of the budget
};

struct Response {
  int status = 200;
  std::string content_type{};  // empty when there is no body
  std::string body{};
  std::shared_ptr<BodyStream> stream{};  // instead of a body, and the last of its connection
  std::vector<core::Header> headers{};   // besides those of framing, which the session writes
};

}  // namespace spillway::http
