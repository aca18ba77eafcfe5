// Small text helpers of the source kinds: what HTTP and URLs put around a value. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spillway::gateway {

// Without the spaces and tabs around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

// The first parameter of that name in a URL's query, decoded; nothing when there is none or its
// encoding is broken.
[[nodiscard]] std::optional<std::string> query_parameter(std::string_view query,
                                                         std::string_view name);

}  // namespace spillway::gateway
