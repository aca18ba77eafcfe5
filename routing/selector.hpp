// Picks one value out of an event: `{ header: X-Id }` or `{ json: /order/id }`, as route
// conditions, idempotency keys, ordering keys and versions name it in the configuration. Compiled
// once, immutable, any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "core/error.hpp"
#include "core/event.hpp"
#include "routing/json_body.hpp"
#include "routing/json_pointer.hpp"

namespace spillway::routing {

class Selector {
 public:
  [[nodiscard]] static core::Result<Selector> header(std::string_view name);
  [[nodiscard]] static core::Result<Selector> json(std::string_view pointer);

  // The value as text: a header's, or a JSON string, number (as written) or boolean.
  [[nodiscard]] std::optional<std::string> text(std::span<const core::Header> headers,
                                                JsonBody& body) const;
  // Is anything there? Objects and arrays count, null does not.
  [[nodiscard]] bool present(std::span<const core::Header> headers, JsonBody& body) const;

  // Equal for selectors of the same value; a header's name in lower case.
  [[nodiscard]] const std::string& identity() const { return identity_; }

 private:
  using Target = std::variant<std::string, JsonPointer>;  // header name or pointer

  Selector(Target target, std::string identity)
      : target_(std::move(target)), identity_(std::move(identity)) {}

  [[nodiscard]] std::optional<JsonValue> json_value(JsonBody& body) const;

  Target target_;
  std::string identity_;
};

}  // namespace spillway::routing
