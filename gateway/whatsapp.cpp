#include "gateway/whatsapp.hpp"

#include <algorithm>

#include "gateway/query_parameter.hpp"
#include "gateway/whatsapp_split.hpp"

namespace spillway::gateway {
namespace {

// The older X-Hub-Signature (SHA-1) is passed on beside it, but never believed.
constexpr std::string_view kSignature = "X-Hub-Signature-256";
constexpr std::string_view kLegacySignature = "X-Hub-Signature";

}  // namespace

core::Result<std::unique_ptr<Source>> WhatsappSource::make(SourceOptions options) {
  if (options.secrets.empty() || std::ranges::find(options.secrets, "") != options.secrets.end()) {
    return core::fail(core::ErrorCode::invalid_argument,
                      "\"secrets\" needs the app secret of the Meta app, and none may be empty");
  }
  if (options.idempotency_key) {
    return core::fail(core::ErrorCode::invalid_argument,
                      "\"idempotency_key\" does not apply: WhatsApp's updates carry their own ids");
  }
  return std::unique_ptr<Source>(new WhatsappSource(std::move(options)));
}

WhatsappSource::WhatsappSource(SourceOptions source_options)
    : Source(std::move(source_options), {std::string(kSignature), std::string(kLegacySignature)}),
      check_(std::string(kSignature), "sha256=", core::HashAlgorithm::sha256,
             SignatureEncoding::hex, options().secrets) {}

Verdict WhatsappSource::verify(const Request& request) const {
  return check_.verify(request.headers, {request.body});
}

Split WhatsappSource::split(const Request& request, routing::JsonBody& json) const {
  return split_whatsapp(request.body, json, options().split);
}

std::optional<Handshake> WhatsappSource::handshake(const Request& request) const {
  if (request.method != "GET") {
    return std::nullopt;
  }
  if (query_parameter(request.query, "hub.mode") != "subscribe") {
    return Handshake{Verdict::unsupported_mode, {}};
  }
  const auto token = query_parameter(request.query, "hub.verify_token");
  if (!token || options().verify_token.empty() ||
      !core::equal_constant_time(*token, options().verify_token)) {
    return Handshake{Verdict::verify_token_mismatch, {}};
  }
  auto challenge = query_parameter(request.query, "hub.challenge");
  if (!challenge || challenge->empty() || challenge->size() > kChallengeBytesMax) {
    return Handshake{Verdict::missing_challenge, {}};
  }
  return Handshake{Verdict::ok, std::move(*challenge)};
}

}  // namespace spillway::gateway
