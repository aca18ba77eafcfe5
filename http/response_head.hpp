// Writes the head of a response: the status line, the framing headers, and the handler's own. Pure,
// any thread.
#pragma once

#include <string>
#include <string_view>

#include "http/message.hpp"

namespace spillway::http {

enum class AfterResponse { keep_alive, close };

// Appends the head up to and with the empty line. `date` is the Date header's value.
void append_response_head(std::string& out, const Response& response, AfterResponse after,
                          int minor_version, std::string_view date);

// May a response of this status have a body?
[[nodiscard]] constexpr bool allows_body(int status) {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace spillway::http
