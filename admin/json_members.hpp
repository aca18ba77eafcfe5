// The members of a JSON object in a request, read strictly: all are known, each is there once and
// of its type; errors name the member. Admin thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "routing/json_document.hpp"

namespace spillway::admin {

// The body of a request; an empty one is an object without members.
core::Result<routing::JsonDocument> parse_body(std::string_view body);

class JsonMembers {
 public:
  static constexpr std::size_t kStringBytesMax = 200;

  // `what` names the object in errors. Values are valid as long as their document.
  static core::Result<JsonMembers> of(routing::JsonValue object, std::string_view what,
                                      std::initializer_list<std::string_view> known);

  [[nodiscard]] std::optional<routing::JsonValue> find(std::string_view member) const;

  // Empty: it is not there.
  [[nodiscard]] core::Result<std::optional<std::string>> string(
      std::string_view member, std::size_t bytes_max = kStringBytesMax) const;
  [[nodiscard]] core::Result<std::optional<bool>> flag(std::string_view member) const;
  // A whole number from 1 to `max`.
  [[nodiscard]] core::Result<std::optional<std::uint64_t>> number(std::string_view member,
                                                                  std::uint64_t max) const;

 private:
  std::map<std::string, routing::JsonValue, std::less<>> members_;
};

}  // namespace spillway::admin
