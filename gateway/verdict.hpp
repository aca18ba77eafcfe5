// What a source kind says about a request's authenticity: `ok`, or the reason it is refused for,
// as it stands in problem documents, logs and metrics. Plain data, any thread.
#pragma once

#include <string_view>

namespace spillway::gateway {

enum class Verdict {
  ok,
  missing_signature,
  malformed_signature,
  signature_mismatch,
  missing_header,  // one that the signature covers
  malformed_timestamp,
  timestamp_too_old,
  timestamp_too_new,
  // Of a handshake:
  unsupported_mode,
  verify_token_mismatch,
  missing_challenge,
};

[[nodiscard]] std::string_view to_string(Verdict verdict);

}  // namespace spillway::gateway
