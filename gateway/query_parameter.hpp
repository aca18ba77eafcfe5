// One parameter of a URL's query, as the handshakes of source kinds ask for it. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spillway::gateway {

// The first parameter of that name, decoded; nothing when there is none or its encoding is broken.
[[nodiscard]] std::optional<std::string> query_parameter(std::string_view query,
                                                         std::string_view name);

}  // namespace spillway::gateway
