// Percent-encoding as it stands in targets of requests (RFC 3986). Pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spillway::core {

// Text as it may stand in a path segment or a query value.
[[nodiscard]] std::string percent_encoded(std::string_view text);

// Nothing when a '%' is not followed by two hexadecimal digits.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace spillway::core
