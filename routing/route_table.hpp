// The compiled routes: which destinations an event of a source goes to. Built from the
// configuration at start and at each reload, then immutable and shared by all io threads.
//
// Routes that ask one header or JSON pointer for a value are found by one hash look-up, however
// many there are; only the routes it finds have their other conditions evaluated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/error.hpp"
#include "core/event.hpp"
#include "routing/json_body.hpp"
#include "routing/selector.hpp"

namespace spillway::routing {

// What is looked at (exactly one of json, header), and what is asked of it (exactly one of
// equals, in, exists). Values compare as text; null counts as not there.
struct ConditionOptions {
  std::optional<std::string> json;    // a JSON pointer
  std::optional<std::string> header;  // a header name
  std::optional<std::string> equals;
  std::optional<std::vector<std::string>> in;
  std::optional<bool> exists;
};

struct RouteOptions {
  std::string name;
  std::string from;                    // a source's name
  std::vector<ConditionOptions> when;  // all must hold; none = always
  std::vector<std::string> to;         // destination names
  bool otherwise = false;              // applies only where no other route of the source matched
};

struct RouteMatch {
  std::vector<std::string_view> destinations;  // each once, in the order of routes; in the table
  std::size_t evaluations = 0;                 // look-ups and conditions it took to find them
};

class RouteTable {
 public:
  // Fails with the name of the route and what is wrong with it.
  [[nodiscard]] static core::Result<RouteTable> compile(std::span<const RouteOptions> routes);

  [[nodiscard]] RouteMatch match(std::string_view source, std::span<const core::Header> headers,
                                 JsonBody& body) const;

 private:
  class Lookups;
  friend class RouteCompiler;

  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  template <class T>
  using ByText = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

  struct Check {
    std::size_t selector = 0;         // index into SourceRoutes::selectors
    std::vector<std::string> values;  // one of them; none: asks for presence alone
    bool present = true;
  };

  struct Rule {
    std::vector<Check> checks;  // those the index has not already answered
    std::vector<std::uint32_t> destinations;
  };

  // Rules that need one of some values of the same selector.
  struct Index {
    std::size_t selector;
    ByText<std::vector<std::uint32_t>> rules;
  };

  struct Plan {
    std::vector<Rule> rules;  // in the order of routes
    std::vector<Index> indexes;
    std::vector<std::uint32_t> unindexed;  // rules without a condition on a value

    [[nodiscard]] std::vector<std::uint32_t> candidates(Lookups& lookups) const;
    [[nodiscard]] std::vector<std::uint32_t> matching(Lookups& lookups) const;
  };

  struct SourceRoutes {
    std::vector<Selector> selectors;
    Plan routes;
    Plan otherwise;
  };

  [[nodiscard]] std::vector<std::string_view> destinations_of(
      const Plan& plan, std::span<const std::uint32_t> rules) const;

  ByText<SourceRoutes> sources_;
  std::vector<std::string> destinations_;
};

}  // namespace spillway::routing
