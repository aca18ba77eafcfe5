#include "admin/json_members.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "admin/errors.hpp"

namespace spillway::admin {

using routing::JsonDocument;
using routing::JsonKind;
using routing::JsonMember;
using routing::JsonValue;

core::Result<JsonDocument> parse_body(std::string_view body) {
  auto document = JsonDocument::parse(body.empty() ? "{}" : body);
  if (!document) {
    return invalid("the body is not valid JSON");
  }
  return *std::move(document);
}

core::Result<JsonMembers> JsonMembers::of(JsonValue object, std::string_view what,
                                          std::initializer_list<std::string_view> known) {
  if (object.kind() != JsonKind::object) {
    return invalid(fmt::format("{} is no JSON object", what));
  }
  JsonMembers members;
  for (const JsonMember& member : object.members()) {
    const std::string name = member.key.text().value_or("");
    if (std::ranges::find(known, name) == known.end()) {
      return known.size() == 0
                 ? invalid(fmt::format("unknown member \"{}\": {} has none", name, what))
                 : invalid(fmt::format("unknown member \"{}\": {} has {}", name, what,
                                       fmt::join(known, ", ")));
    }
    if (!members.members_.emplace(name, member.value).second) {
      return invalid(fmt::format("the member \"{}\" is given twice", name));
    }
  }
  return members;
}

std::optional<JsonValue> JsonMembers::find(std::string_view member) const {
  const auto found = members_.find(member);
  return found == members_.end() ? std::nullopt : std::optional(found->second);
}

core::Result<std::optional<std::string>> JsonMembers::string(std::string_view member,
                                                             std::size_t bytes_max) const {
  const auto value = find(member);
  if (!value) {
    return std::nullopt;
  }
  auto text = value->text();
  if (value->kind() != JsonKind::string || !text || text->empty() || text->size() > bytes_max) {
    return invalid(
        fmt::format("the member \"{}\" is a string of 1 to {} bytes", member, bytes_max));
  }
  return text;
}

core::Result<std::optional<bool>> JsonMembers::flag(std::string_view member) const {
  const auto value = find(member);
  if (!value) {
    return std::nullopt;
  }
  if (value->kind() != JsonKind::boolean) {
    return invalid(fmt::format("the member \"{}\" is true or false", member));
  }
  return value->raw() == "true";
}

core::Result<std::optional<std::uint64_t>> JsonMembers::number(std::string_view member,
                                                               std::uint64_t max) const {
  const auto value = find(member);
  if (!value) {
    return std::nullopt;
  }
  const std::string_view digits = value->raw();
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (value->kind() != JsonKind::number || error != std::errc() ||
      end != digits.data() + digits.size() || number < 1 || number > max) {
    return invalid(fmt::format("the member \"{}\" is a whole number from 1 to {}", member, max));
  }
  return number;
}

}  // namespace spillway::admin
