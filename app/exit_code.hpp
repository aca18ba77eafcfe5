// What a command tells the shell, and how an error becomes one.
#pragma once

#include "core/error.hpp"

namespace spillway::app {

enum ExitCode : int {
  kOk = 0,
  kProblem = 1,         // it ran, and found something wrong
  kUsage = 2,           // the command line or the configuration
  kUnreachable = 3,     // nobody answered
  kJournalFailed = 70,  // EX_SOFTWARE: it cannot go on, a supervisor starts it again
};

[[nodiscard]] constexpr ExitCode exit_code(core::ErrorCode code) {
  switch (code) {
    case core::ErrorCode::invalid_argument:
    case core::ErrorCode::unauthenticated:
    case core::ErrorCode::forbidden:
      return kUsage;
    case core::ErrorCode::unavailable:
    case core::ErrorCode::timeout:
      return kUnreachable;
    default:
      return kProblem;
  }
}

}  // namespace spillway::app
