#include "gateway/plan.hpp"

#include "core/check.hpp"

namespace spillway::gateway {

const Door* Plan::find(std::string_view path) const {
  const auto door = by_path.find(path);
  return door == by_path.end() ? nullptr : &door->second;
}

std::vector<journal::Target> Plan::targets(std::string_view source,
                                           std::span<const core::Header> headers,
                                           routing::JsonBody& body) const {
  const routing::RouteMatch match = routes.match(source, headers, body);
  std::vector<journal::Target> targets;
  targets.reserve(match.destinations.size());
  for (const std::string_view name : match.destinations) {
    const auto number = destinations.find(name);
    CHECK(number != destinations.end());  // config refuses routes to unknown destinations
    targets.push_back({number->second, {}, {}});
  }
  return targets;
}

}  // namespace spillway::gateway
