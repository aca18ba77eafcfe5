#include "gateway/idempotency_key.hpp"

#include "core/crypto.hpp"
#include "core/encoding.hpp"
#include "core/headers.hpp"
#include "core/trim.hpp"

namespace spillway::gateway {
namespace {

// The draft has a structured-field string, "8e03…" with quotes; most senders leave them out.
std::string unquoted(std::string_view value) {
  value = core::trimmed(value);
  if (!value.starts_with('"')) {
    return std::string(value);
  }
  std::string key;
  for (std::size_t at = 1; at < value.size(); ++at) {
    if (value[at] == '"') {
      return key;  // parameters behind it are not part of the key
    }
    if (value[at] == '\\' && at + 1 < value.size()) {
      ++at;
    }
    key.push_back(value[at]);
  }
  return std::string(value);  // never closed: a bare key that happens to begin with a quote
}

std::string body_key(std::string_view body) {
  return "generic:body:" + core::to_hex(core::sha256(body));
}

}  // namespace

std::vector<std::string> stored_keys(std::string_view text) {
  std::vector<std::string> keys;
  for (const std::string_view prefix :
       {"", "generic:", "generic:body:", "idempotency-key:", "wa:message:", "wa:status:"}) {
    keys.push_back(std::string(prefix).append(text));
  }
  return keys;
}

core::Result<IdempotencyKey> IdempotencyKey::compile(
    const std::optional<IdempotencyKeyOptions>& options) {
  IdempotencyKey key;
  if (!options) {
    return key;
  }
  if (options->header.has_value() + options->json.has_value() + options->body_sha256 != 1) {
    return core::fail(core::ErrorCode::invalid_argument,
                      "\"idempotency_key\" takes exactly one of header, json and body: sha256");
  }
  key.body_sha256_ = options->body_sha256;
  if (!key.body_sha256_) {
    auto selector = options->header ? routing::Selector::header(*options->header)
                                    : routing::Selector::json(*options->json);
    if (!selector) {
      return std::unexpected(std::move(selector.error()).in_context("\"idempotency_key\""));
    }
    key.configured_ = std::move(*selector);
    key.in_json_ = options->json.has_value();
  }
  return key;
}

Split IdempotencyKey::whole_request(const Request& request, routing::JsonBody& json) const {
  auto key = find(request, json);
  Split split{.units = {}, .malformed = !key && in_json_ && !json.root()};
  if (split.malformed) {
    key = body_key(request.body);
  }
  split.units.push_back({{}, request.body, std::move(key), {}});
  return split;
}

std::optional<std::string> IdempotencyKey::find(const Request& request,
                                                routing::JsonBody& json) const {
  if (body_sha256_) {
    return body_key(request.body);
  }
  if (configured_) {
    const auto id = configured_->text(request.headers, json);
    if (id && !id->empty()) {
      return "generic:" + *id;
    }
  }
  const auto header = core::find_header(request.headers, "Idempotency-Key");
  const std::string key = header ? unquoted(*header) : "";
  return key.empty() ? std::nullopt : std::optional("idempotency-key:" + key);
}

}  // namespace spillway::gateway
