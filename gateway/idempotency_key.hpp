// The idempotency key of a request whose kind has none of its own: what the source's
// configuration points at, else the `Idempotency-Key` header, else none. The configured place
// comes first because its owner named it on purpose, while the header may be added by any proxy.
// Immutable, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "gateway/source.hpp"
#include "gateway/source_options.hpp"
#include "routing/json_body.hpp"
#include "routing/selector.hpp"

namespace spillway::gateway {

// What an operator's text may be stored as: a key as it stands, or the value its sender gave.
[[nodiscard]] std::vector<std::string> stored_keys(std::string_view text);

class IdempotencyKey {
 public:
  [[nodiscard]] static core::Result<IdempotencyKey> compile(
      const std::optional<IdempotencyKeyOptions>& options);

  // The request as one untouched unit under its key. Malformed when the key is to stand in a body
  // that cannot be read as JSON, and nothing else names one: taken without a key, each repeat would
  // be delivered again.
  [[nodiscard]] Split whole_request(const Request& request, routing::JsonBody& json) const;

 private:
  [[nodiscard]] std::optional<std::string> find(const Request& request,
                                                routing::JsonBody& json) const;

  std::optional<routing::Selector> configured_;
  bool in_json_ = false;
  bool body_sha256_ = false;
};

}  // namespace spillway::gateway
