// Validates a JSON text and notes where each of its values begins and ends, in one pass. What
// JsonDocument is built on. Pure, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace spillway::routing {

inline constexpr std::size_t kJsonDepthMax = 256;

struct JsonNode {
  std::uint32_t begin;  // of its bytes in the text
  std::uint32_t end;
  std::uint32_t after;  // index of the node behind this one and all it contains
};

// In document order: a container comes before its contents, a key before its value. Nothing when
// the text is no JSON (RFC 8259, valid UTF-8), too deep, or 4 GiB and more.
[[nodiscard]] std::optional<std::vector<JsonNode>> index_json(std::string_view text);

}  // namespace spillway::routing
