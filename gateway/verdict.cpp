#include "gateway/verdict.hpp"

namespace spillway::gateway {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok:
      return "ok";
    case Verdict::missing_signature:
      return "missing_signature";
    case Verdict::malformed_signature:
      return "malformed_signature";
    case Verdict::signature_mismatch:
      return "signature_mismatch";
    case Verdict::missing_header:
      return "missing_header";
    case Verdict::malformed_timestamp:
      return "malformed_timestamp";
    case Verdict::timestamp_too_old:
      return "timestamp_too_old";
    case Verdict::timestamp_too_new:
      return "timestamp_too_new";
    case Verdict::unsupported_mode:
      return "unsupported_mode";
    case Verdict::verify_token_mismatch:
      return "verify_token_mismatch";
    case Verdict::missing_challenge:
      return "missing_challenge";
  }
  return "unknown";
}

}  // namespace spillway::gateway
