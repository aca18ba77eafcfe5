// The resources of the admin API: which method and path lead to which endpoint. Paths compare
// literally, so no spelling of one ("//", "%2f", "..") reaches another; only what stands for a
// "{…}" is decoded, once it is known to be one segment. Immutable, any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin/endpoints.hpp"

namespace spillway::admin {

struct Route {
  enum class Access {
    everybody,  // anything that reaches the listener
    guests,     // without a token, but no page of another site
    viewers,    // holders of a token
    operators,  // of those, the operators
  };

  std::string_view method;
  std::string_view path;  // a segment "{name}" takes any text that is not empty
  std::vector<std::string_view> parameters;
  Endpoint endpoint;
  Access access = Access::viewers;
  std::string_view action{};  // what it is called on the trail; empty: it changes nothing
};

[[nodiscard]] std::span<const Route> routes();

struct RouteMatch {
  const Route* route = nullptr;          // null: no such resource, or not with this method
  std::vector<std::string> path_values;  // decoded
  std::string allowed;  // methods the resource takes; empty: there is no such resource
};

// HEAD is taken wherever GET is.
[[nodiscard]] RouteMatch find_route(std::string_view method, std::string_view path);

}  // namespace spillway::admin
