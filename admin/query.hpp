// The query of a request, taken strictly: each parameter known to the resource, given once, and
// what it should be; errors name the parameter. Admin thread.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace spillway::admin {

class Query {
 public:
  static core::Result<Query> parse(std::string_view text, std::span<const std::string_view> known);

  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;

  // A number from 1 to `max`.
  [[nodiscard]] core::Result<std::size_t> number(std::string_view name, std::size_t otherwise,
                                                 std::size_t max) const;
  // "true" or "false"; not given is false.
  [[nodiscard]] core::Result<bool> flag(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> parameters_;
};

}  // namespace spillway::admin
