// What the configuration says about a source, as plain data: filled in by config, compiled by
// make_source(). Absent optionals mean the kind's own default.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/crypto.hpp"
#include "core/rate_limit.hpp"
#include "journal/accept.hpp"

namespace spillway::gateway {

enum class SourceKind { whatsapp, hmac, open };
// Does the kind know ordering keys and versions of its events by itself?
[[nodiscard]] constexpr bool knows_order(SourceKind kind) {
  return kind == SourceKind::whatsapp;
}

enum class SignatureEncoding { hex, base64 };

// kind hmac: where the signature stands and what it covers.
struct SignatureOptions {
  std::string header;
  core::HashAlgorithm algorithm = core::HashAlgorithm::sha256;
  SignatureEncoding encoding = SignatureEncoding::hex;
  std::string prefix;              // before the encoded signature, such as "sha256="
  std::string content = "{body}";  // what is signed; also holds {header:NAME}
  std::string timestamp_header;    // Unix seconds; empty: requests do not age
  std::chrono::seconds tolerance{300};
};

// Where a sender of kind hmac or open puts its event id: exactly one.
struct IdempotencyKeyOptions {
  std::optional<std::string> header;
  std::optional<std::string> json;  // a JSON pointer
  bool body_sha256 = false;
};

enum class SplitPolicy { automatic, never };

using journal::KeyConflict;  // same idempotency key, other body

struct DedupOptions {
  std::optional<core::Duration> window;
  std::uint64_t bytes_max = std::uint64_t{2} << 30;
};

// What a sender is told whose event is in the journal, where its copies cannot be written.
enum class OnUnavailable {
  journal,  // that it is accepted, and how durably
  refuse,   // to send it again
};

struct SourceOptions {
  std::string name;
  SourceKind kind = SourceKind::open;
  std::string path;                  // default /in/<name>
  std::vector<std::string> secrets;  // all are active
  std::string verify_token;          // whatsapp: what Meta's handshake must present
  SignatureOptions signature;
  std::optional<IdempotencyKeyOptions> idempotency_key;
  SplitPolicy split = SplitPolicy::automatic;
  std::vector<std::string> keep_headers;
  std::optional<std::uint16_t> ack_status;
  DedupOptions dedup;
  KeyConflict on_key_conflict = KeyConflict::accept;
  std::optional<core::RateOptions> rate;
  std::optional<std::size_t> body_bytes_max;  // default: the listener's limit
};

}  // namespace spillway::gateway
