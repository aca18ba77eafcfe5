#include "gateway/open_source.hpp"

namespace spillway::gateway {

core::Result<std::unique_ptr<Source>> OpenSource::make(SourceOptions options) {
  if (!options.secrets.empty()) {
    return core::fail(core::ErrorCode::invalid_argument,
                      "kind open verifies nothing, yet \"secrets\" are given; use kind hmac");
  }
  auto key = IdempotencyKey::compile(options.idempotency_key);
  if (!key) {
    return std::unexpected(std::move(key.error()));
  }
  return std::unique_ptr<Source>(new OpenSource(std::move(options), std::move(*key)));
}

OpenSource::OpenSource(SourceOptions options, IdempotencyKey key)
    : Source(std::move(options), {}), key_(std::move(key)) {}

Verdict OpenSource::verify(const Request&) const {
  return Verdict::ok;
}

Split OpenSource::split(const Request& request, routing::JsonBody& json) const {
  return key_.whole_request(request, json);
}

}  // namespace spillway::gateway
