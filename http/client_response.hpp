// What came of sending one request: a response, or a failure that says where it happened and
// whether the destination can have got the request. Plain data, any thread.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace spillway::http {

struct ClientResponse {
  std::uint16_t status = 0;  // final: 200 to 999
  std::string retry_after;   // the header as sent, empty without one
  std::string excerpt;       // beginning of the body as sent, up to the request's limit
  core::Duration took{};     // from send() to the end of the response
};

enum class SendStage { limit, resolve, guard, connect, tls, send, receive };

struct SendFailure {
  SendStage stage = SendStage::limit;
  // True: the destination certainly did not get the request. False: nobody knows.
  bool nothing_sent = true;
  core::Error error;  // `timeout` when the deadline passed, `cancelled` when the client stopped
};

using SendResult = std::expected<ClientResponse, SendFailure>;

[[nodiscard]] std::string_view to_string(SendStage stage);

}  // namespace spillway::http
