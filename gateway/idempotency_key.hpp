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

  [[nodiscard]] std::optional<std::string> of(const Request& request,
                                              routing::JsonBody& json) const;

 private:
  std::optional<routing::Selector> configured_;
  bool body_sha256_ = false;
};

}  // namespace spillway::gateway
