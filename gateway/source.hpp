// A source: where events come from and how they are verified. One class per kind, all pure: told
// a request and the time, they say whether it is authentic (verify), which events it holds
// (split), and how a registration handshake is answered. Ingest asks them in that order; made
// from the configuration by make_source(), immutable, shared by all io threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "gateway/source_options.hpp"
#include "gateway/verdict.hpp"
#include "routing/json_body.hpp"

namespace spillway::gateway {

// What a kind may look at. Views into the request, which outlives every answer.
struct Request {
  std::string_view method;
  std::string_view query;  // behind the "?", still encoded
  std::span<const core::Header> headers;
  std::string_view body;
  core::Time now;
};

// One event found in a request.
struct Unit {
  // Its own body where the request held several; else nothing: the request's bytes, untouched.
  std::optional<std::string> envelope;
  // The part of the request that the key stands for: other contents under the same key are a
  // conflict (docs/correctness.md 7). Not the envelope, which depends on the rest of the request.
  std::string_view content;
  std::optional<std::string> idempotency_key;
  std::optional<std::string> ordering_key;  // of `ordering_key: auto`
  std::optional<std::string> version{};     // of `version: auto`

  [[nodiscard]] std::string_view body(const Request& request) const {
    return envelope ? std::string_view(*envelope) : request.body;
  }
};

struct Split {
  // In document order; none: authentic, but there is nothing to forward.
  std::vector<Unit> units;
  // Authentic, but not to be understood or taken apart safely: the one unit is the whole request,
  // to be kept as dead and acked.
  bool malformed = false;
};

struct Handshake {
  Verdict verdict = Verdict::ok;
  std::string reply;  // text/plain, of an accepted one
};

class Source {
 public:
  virtual ~Source() = default;
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  // Over the raw bytes, in constant time, with every active secret.
  [[nodiscard]] virtual Verdict verify(const Request& request) const = 0;

  // Only after verify() said ok. `json` is the request's body.
  [[nodiscard]] virtual Split split(const Request& request, routing::JsonBody& json) const = 0;

  // Nothing when this request is no handshake of the kind.
  [[nodiscard]] virtual std::optional<Handshake> handshake(const Request& request) const;

  // What is stored and forwarded: content-type, ce-*, traceparent, `keep_headers`, and the
  // signature headers of a unit they still sign.
  [[nodiscard]] std::vector<core::Header> kept_headers(const Request& request,
                                                       const Unit& unit) const;

  [[nodiscard]] const SourceOptions& options() const { return options_; }
  [[nodiscard]] std::string_view methods() const;  // as Allow has them; GET asks for a handshake
  [[nodiscard]] std::uint16_t ack_status() const;
  [[nodiscard]] core::Duration dedup_window() const;
  [[nodiscard]] bool replies_without_body() const;  // its sender wants none

 protected:
  Source(SourceOptions options, std::vector<std::string> signature_headers);

 private:
  SourceOptions options_;
  std::vector<std::string> signature_headers_;
};

// Fails with what is missing or does not belong to the kind.
[[nodiscard]] core::Result<std::unique_ptr<Source>> make_source(SourceOptions options);

}  // namespace spillway::gateway
