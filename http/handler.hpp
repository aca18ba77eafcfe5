// The port between the server session and what answers requests: the gateway and the admin API
// implement it. Called on the io thread of the connection; one handler serves many connections.
#pragma once

#include <cstddef>
#include <expected>

#include "core/byte_budget.hpp"
#include "http/async.hpp"
#include "http/message.hpp"

namespace spillway::http {

// How much of a body is wanted, and whose memory it takes.
struct BodyPolicy {
  std::size_t bytes_max;     // more is answered with 413
  core::ByteBudget& budget;  // used up is answered with 503; outlives the request
};

class Handler {
 public:
  virtual ~Handler() = default;

  // Decides on the head alone, before any of the body is read: an answer sends the rest away
  // unread (404, 405, 415, 429, 503 ...).
  [[nodiscard]] virtual std::expected<BodyPolicy, Response> admit(const RequestHead& head) = 0;

  // Answers a complete request. Never called with a short body. Keeps its own deadline; the
  // session waits for it however long it takes.
  [[nodiscard]] virtual Awaitable<Response> handle(Request request) = 0;
};

}  // namespace spillway::http
