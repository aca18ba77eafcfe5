// Makes the requests that `send` and `demo` post: the body, given or made up, and the headers its
// source kind expects, signed with every secret. What a source kind verifies, seen from the other
// side. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/whatsapp_traffic.hpp"
#include "core/clock.hpp"
#include "core/crypto.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "core/random.hpp"
#include "gateway/signed_content.hpp"
#include "gateway/source_options.hpp"

namespace spillway::app {

struct RequestOptions {
  gateway::SourceKind kind = gateway::SourceKind::open;
  std::vector<std::string> secrets;     // all sign, as a sender does while it rotates them
  gateway::SignatureOptions signature;  // kind hmac
  std::optional<std::string> body;      // the same for every request; empty: made up for each
  std::string content_type = "application/json";
  std::vector<core::Header> headers;
  std::optional<std::string> idempotency_key;  // {n} stands for the request's number
  WhatsappTrafficOptions whatsapp;             // what is made up for kind whatsapp
  bool twice = false;                          // each request is made a second time, unchanged
};

struct OutgoingRequest {
  std::vector<core::Header> headers;
  std::string body;
};

class RequestFactory {
 public:
  // Says what is missing, or does not belong to the kind. The random outlives the factory.
  [[nodiscard]] static core::Result<RequestFactory> make(RequestOptions options,
                                                         core::Random& random);

  [[nodiscard]] OutgoingRequest next(core::Time now);

 private:
  RequestFactory(RequestOptions options, gateway::SignedContent content, core::Random& random);

  [[nodiscard]] std::string make_body(core::Time now);
  [[nodiscard]] core::Header signature(const OutgoingRequest& request) const;

  RequestOptions options_;
  gateway::SignedContent content_;
  std::vector<core::Hmac> keys_;
  WhatsappTraffic traffic_;
  core::Random* random_;
  std::uint64_t number_ = 0;
  std::optional<OutgoingRequest> again_;
};

}  // namespace spillway::app
