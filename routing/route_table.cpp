#include "routing/route_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace spillway::routing {

// The values of one event that routes have asked for: each is looked up once.
class RouteTable::Lookups {
 public:
  Lookups(const std::vector<Selector>& selectors, std::span<const core::Header> headers,
          JsonBody& body)
      : selectors_(selectors), headers_(headers), body_(body), texts_(selectors.size()) {}

  const std::optional<std::string>& text(std::size_t selector) {
    auto& text = texts_[selector];
    if (!text) {
      text = selectors_[selector].text(headers_, body_);
    }
    return *text;
  }

  bool holds(const Check& check) {
    ++evaluations;
    if (check.values.empty()) {
      return selectors_[check.selector].present(headers_, body_) == check.present;
    }
    const auto& value = text(check.selector);
    return value && std::ranges::binary_search(check.values, *value);
  }

  std::size_t evaluations = 0;

 private:
  const std::vector<Selector>& selectors_;
  std::span<const core::Header> headers_;
  JsonBody& body_;
  std::vector<std::optional<std::optional<std::string>>> texts_;
};

class RouteCompiler {
 public:
  core::Result<void> add(const RouteOptions& route) {
    if (route.name.empty() || !names_.insert(route.name).second) {
      return refuse(route, "each route needs a name of its own");
    }
    if (route.from.empty()) {
      return refuse(route, "\"from\" must name the source it takes events of");
    }
    if (route.to.empty()) {
      return refuse(route, "\"to\" must name at least one destination");
    }
    RouteTable::SourceRoutes& source = table_.sources_[route.from];
    RouteTable::Rule rule;
    for (const ConditionOptions& condition : route.when) {
      auto check = compile(condition, source);
      if (!check) {
        return refuse(route, check.error().message);
      }
      rule.checks.push_back(std::move(*check));
    }
    for (const std::string& destination : route.to) {
      rule.destinations.push_back(destination_id(destination));
    }
    (route.otherwise ? source.otherwise : source.routes).rules.push_back(std::move(rule));
    return {};
  }

  RouteTable finish() {
    for (auto& [name, source] : table_.sources_) {
      build_indexes(source.routes, source.selectors.size());
      build_indexes(source.otherwise, source.selectors.size());
    }
    return std::move(table_);
  }

 private:
  using Check = RouteTable::Check;

  static std::unexpected<core::Error> refuse(const RouteOptions& route, std::string_view why) {
    return core::fail(core::ErrorCode::invalid_argument,
                      fmt::format("route \"{}\": {}", route.name, why));
  }

  static core::Result<Check> compile(const ConditionOptions& condition,
                                     RouteTable::SourceRoutes& source) {
    if (condition.json.has_value() == condition.header.has_value()) {
      return core::fail(core::ErrorCode::invalid_argument,
                        "a condition looks at exactly one of \"json\" and \"header\"");
    }
    if (condition.equals.has_value() + condition.in.has_value() + condition.exists.has_value() !=
        1) {
      return core::fail(core::ErrorCode::invalid_argument,
                        "a condition asks exactly one of \"equals\", \"in\" and \"exists\"");
    }
    auto selector =
        condition.json ? Selector::json(*condition.json) : Selector::header(*condition.header);
    if (!selector) {
      return std::unexpected(std::move(selector.error()));
    }
    Check check;
    check.selector = selector_id(std::move(*selector), source);
    if (condition.exists) {
      check.present = *condition.exists;
      return check;
    }
    check.values = condition.equals ? std::vector{*condition.equals} : *condition.in;
    if (check.values.empty()) {
      return core::fail(core::ErrorCode::invalid_argument,
                        "\"in\" needs at least one value; with none the route never matches");
    }
    std::ranges::sort(check.values);
    check.values.erase(std::ranges::unique(check.values).begin(), check.values.end());
    return check;
  }

  static std::size_t selector_id(Selector selector, RouteTable::SourceRoutes& source) {
    const auto known =
        std::ranges::find(source.selectors, selector.identity(), &Selector::identity);
    if (known != source.selectors.end()) {
      return static_cast<std::size_t>(known - source.selectors.begin());
    }
    source.selectors.push_back(std::move(selector));
    return source.selectors.size() - 1;
  }

  std::uint32_t destination_id(const std::string& name) {
    const auto [known, is_new] =
        destination_ids_.try_emplace(name, static_cast<std::uint32_t>(destination_ids_.size()));
    if (is_new) {
      table_.destinations_.push_back(name);
    }
    return known->second;
  }

  // Each rule is indexed by its most telling condition: the selector that is asked for the most
  // different values, so that a shared `type equals message` does not gather all in one bucket.
  static void build_indexes(RouteTable::Plan& plan, std::size_t selectors) {
    std::vector<std::unordered_set<std::string_view>> asked(selectors);
    for (const RouteTable::Rule& rule : plan.rules) {
      for (const Check& check : rule.checks) {
        asked[check.selector].insert(check.values.begin(), check.values.end());
      }
    }
    std::vector<std::size_t> telling(selectors);
    std::ranges::transform(asked, telling.begin(), &std::unordered_set<std::string_view>::size);
    for (std::uint32_t id = 0; id < plan.rules.size(); ++id) {
      std::vector<Check>& checks = plan.rules[id].checks;
      const auto best = std::ranges::max_element(checks, {}, [&](const Check& check) {
        return check.values.empty() ? 0 : telling[check.selector];
      });
      if (best == checks.end() || best->values.empty()) {
        plan.unindexed.push_back(id);
        continue;
      }
      RouteTable::Index& index = index_of(plan, best->selector);
      for (const std::string& value : best->values) {
        index.rules[value].push_back(id);
      }
      checks.erase(best);
    }
  }

  static RouteTable::Index& index_of(RouteTable::Plan& plan, std::size_t selector) {
    const auto known = std::ranges::find(plan.indexes, selector, &RouteTable::Index::selector);
    return known != plan.indexes.end() ? *known : plan.indexes.emplace_back(selector);
  }

  RouteTable table_;
  std::unordered_set<std::string> names_;
  std::unordered_map<std::string, std::uint32_t> destination_ids_;
};

core::Result<RouteTable> RouteTable::compile(std::span<const RouteOptions> routes) {
  RouteCompiler compiler;
  for (const RouteOptions& route : routes) {
    auto added = compiler.add(route);
    if (!added) {
      return std::unexpected(std::move(added.error()));
    }
  }
  return compiler.finish();
}

RouteMatch RouteTable::match(std::string_view source, std::span<const core::Header> headers,
                             JsonBody& body) const {
  RouteMatch match;
  const auto found = sources_.find(source);
  if (found == sources_.end()) {
    return match;
  }
  const SourceRoutes& routes = found->second;
  Lookups lookups(routes.selectors, headers, body);
  const std::vector<std::uint32_t> rules = routes.routes.matching(lookups);
  match.destinations = rules.empty()
                           ? destinations_of(routes.otherwise, routes.otherwise.matching(lookups))
                           : destinations_of(routes.routes, rules);
  match.evaluations = lookups.evaluations;
  return match;
}

std::vector<std::uint32_t> RouteTable::Plan::candidates(Lookups& lookups) const {
  std::vector<std::uint32_t> found = unindexed;
  for (const Index& index : indexes) {
    ++lookups.evaluations;
    const auto& value = lookups.text(index.selector);
    const auto asking = value ? index.rules.find(*value) : index.rules.end();
    if (asking != index.rules.end()) {
      found.insert(found.end(), asking->second.begin(), asking->second.end());
    }
  }
  std::ranges::sort(found);
  return found;
}

std::vector<std::uint32_t> RouteTable::Plan::matching(Lookups& lookups) const {
  std::vector<std::uint32_t> found = candidates(lookups);
  std::erase_if(found, [&](std::uint32_t id) {
    return !std::ranges::all_of(rules[id].checks,
                                [&](const Check& check) { return lookups.holds(check); });
  });
  return found;
}

std::vector<std::string_view> RouteTable::destinations_of(
    const Plan& plan, std::span<const std::uint32_t> rules) const {
  std::vector<std::string_view> names;
  std::unordered_set<std::uint32_t> seen;
  for (const std::uint32_t rule : rules) {
    for (const std::uint32_t destination : plan.rules[rule].destinations) {
      if (seen.insert(destination).second) {
        names.push_back(destinations_[destination]);
      }
    }
  }
  return names;
}

}  // namespace spillway::routing
