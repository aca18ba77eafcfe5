#include "gateway/plan.hpp"

#include <algorithm>

#include "core/check.hpp"
#include "routing/json_body.hpp"

namespace spillway::gateway {

const Door* Plan::find(std::string_view path) const {
  const auto door = by_path.find(path);
  return door == by_path.end() ? nullptr : &door->second;
}

std::vector<journal::Target> Plan::targets(const Subject& subject, const journal::Hasher& hasher,
                                           std::size_t& unordered) const {
  const routing::RouteMatch match = routes.match(subject.source, subject.headers, subject.body);
  std::vector<journal::Target> targets;
  targets.reserve(match.destinations.size());
  for (const std::string_view name : match.destinations) {
    const auto number = destinations.find(name);
    CHECK(number != destinations.end());  // config refuses routes to unknown destinations
    journal::Target& target = targets.emplace_back();
    target.destination = number->second;
    const auto ordering = orderings.find(target.destination);
    if (ordering != orderings.end() && !ordering->second.apply(subject, hasher, target)) {
      ++unordered;
    }
  }
  return targets;
}

std::vector<journal::Target> Plan::targets(const core::Event& event,
                                           const journal::Hasher& hasher) const {
  routing::JsonBody body(event.body);
  const auto door = std::ranges::find_if(by_path, [&](const auto& entry) {
    return entry.second.source->options().name == event.source;
  });
  // What its kind knows of it is found as it was at first: in the one unit that it is.
  Split split;
  if (door != by_path.end()) {
    const Request request{"POST", "", event.headers, event.body, event.received};
    split = door->second.source->split(request, body);
  }
  const Unit unknown;
  const Unit& unit = split.units.size() == 1 ? split.units.front() : unknown;
  std::size_t unordered = 0;
  return targets({event.source, event.headers, body, unit}, hasher, unordered);
}

}  // namespace spillway::gateway
