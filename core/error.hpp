// What went wrong, whose fault it is and whether trying again is safe: the one error type of
// every module. Values, not exceptions: exceptions stay inside adapters and become an Error at
// their edge. Plain data, any thread.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace spillway::core {

enum class ErrorCode {
  invalid_argument,  // a request, configuration or record that cannot be understood
  unauthenticated,   // no or wrong credentials
  forbidden,         // credentials do not allow it, or a guard refused it
  not_found,
  conflict,      // the state has moved on
  too_large,     // over a configured limit
  unavailable,   // cannot be done now; the message says what is missing
  out_of_space,  // the disk or its budget is full
  timeout,
  cancelled,  // the owner stopped
  corrupt,    // stored data does not decode or does not add up
  io,         // the operating system or a library reported a failure
};

enum class Fault { sender, destination, us };

// May the same thing be tried again?
enum class Retry { never, safe, only_if_nothing_was_sent };

struct Error {
  ErrorCode code = ErrorCode::io;
  Fault fault = Fault::us;
  Retry retry = Retry::never;
  std::string message;

  // Prefixes the message with what was being done; called once, where it is known.
  [[nodiscard]] Error in_context(std::string_view context) && {
    message.insert(0, ": ").insert(0, context);
    return std::move(*this);
  }
};

template <class T>
using Result = std::expected<T, Error>;

[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message,
                                                 Fault fault = Fault::us,
                                                 Retry retry = Retry::never) {
  return std::unexpected(Error{code, fault, retry, std::move(message)});
}

[[nodiscard]] std::string_view to_string(ErrorCode code);

}  // namespace spillway::core
