// A JSON Pointer (RFC 6901), compiled when the configuration is loaded and looked up per event.
// Immutable, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "routing/json_document.hpp"

namespace spillway::routing {

class JsonPointer {
 public:
  [[nodiscard]] static core::Result<JsonPointer> parse(std::string_view text);

  // Nothing when a step of the pointer leads nowhere.
  [[nodiscard]] std::optional<JsonValue> resolve(JsonValue root) const;

 private:
  std::vector<std::string> tokens_;  // unescaped
};

}  // namespace spillway::routing
