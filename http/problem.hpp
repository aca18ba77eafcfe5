// Error answers as RFC 9457 problem documents: made by handlers and by the session itself. Any
// thread.
#pragma once

#include <chrono>
#include <string_view>

#include "http/message.hpp"

namespace spillway::http {

// The reason phrase of a status, "Unknown Status" for unregistered ones.
[[nodiscard]] std::string_view reason_phrase(int status);

// The detail tells the sender what was found, what was expected and what to do.
[[nodiscard]] Response problem(int status, std::string_view detail);

// 429 and 503: with the time after which trying again may help.
[[nodiscard]] Response problem_retry_after(int status, std::string_view detail,
                                           std::chrono::seconds retry_after);

// 405 with the methods the resource does take, as "GET, POST".
[[nodiscard]] Response method_not_allowed(std::string_view allowed);

}  // namespace spillway::http
