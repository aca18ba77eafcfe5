// The API's description, openapi.json of this folder, built into the binary.
#pragma once

#include <string_view>

namespace spillway::admin {

[[nodiscard]] std::string_view openapi_json();

}  // namespace spillway::admin
