#include "admin/request_json.hpp"
#include "admin/errors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <initializer_list>
#include <map>

#include "routing/json_document.hpp"

namespace spillway::admin {

using routing::JsonDocument;
using routing::JsonKind;
using routing::JsonMember;
using routing::JsonValue;

namespace {

constexpr std::size_t kStringBytesMax = 200;

using Members = std::map<std::string, JsonValue, std::less<>>;

core::Result<Members> members_of(JsonValue object, std::string_view what,
                                 std::initializer_list<std::string_view> known) {
  if (object.kind() != JsonKind::object) {
    return invalid(fmt::format("{} is no JSON object", what));
  }
  Members members;
  for (const JsonMember& member : object.members()) {
    const std::string name = member.key.text().value_or("");
    if (std::ranges::find(known, name) == known.end()) {
      return known.size() == 0
                 ? invalid(fmt::format("unknown member \"{}\": {} has none", name, what))
                 : invalid(fmt::format("unknown member \"{}\": {} has {}", name, what,
                                       fmt::join(known, ", ")));
    }
    if (!members.emplace(name, member.value).second) {
      return invalid(fmt::format("the member \"{}\" is given twice", name));
    }
  }
  return members;
}

core::Result<std::string> string_of(JsonValue value, std::string_view member) {
  const auto text = value.text();
  if (value.kind() != JsonKind::string || !text || text->empty() ||
      text->size() > kStringBytesMax) {
    return invalid(
        fmt::format("the member \"{}\" is a string of 1 to {} bytes", member, kStringBytesMax));
  }
  return *text;
}

core::Result<DeliveryName> delivery_of(JsonValue element) {
  const auto members = members_of(element, "a delivery", {"event_id", "destination"});
  if (!members) {
    return std::unexpected(members.error());
  }
  const auto id = members->find("event_id");
  const auto destination = members->find("destination");
  if (id == members->end() || destination == members->end()) {
    return invalid("a delivery is named by its event_id and its destination");
  }
  const auto id_text = string_of(id->second, "event_id");
  if (!id_text) {
    return std::unexpected(id_text.error());
  }
  auto name = string_of(destination->second, "destination");
  if (!name) {
    return std::unexpected(std::move(name).error());
  }
  const auto event = core::EventId::parse(*id_text);
  if (!event) {
    return invalid(fmt::format("\"{}\" is no event id", *id_text));
  }
  return DeliveryName{*event, *std::move(name)};
}

core::Result<JsonDocument> parse(std::string_view body) {
  auto document = JsonDocument::parse(body.empty() ? "{}" : body);
  if (!document) {
    return invalid("the body is not valid JSON");
  }
  return *std::move(document);
}

}  // namespace

core::Result<std::optional<std::string>> read_optional_string(std::string_view body,
                                                              std::string_view member) {
  const auto document = parse(body);
  if (!document) {
    return std::unexpected(document.error());
  }
  const auto members = members_of(document->root(), "the body", {member});
  if (!members) {
    return std::unexpected(members.error());
  }
  if (members->empty()) {
    return std::nullopt;
  }
  return string_of(members->begin()->second, member);
}

core::Result<void> read_nothing(std::string_view body) {
  const auto document = parse(body);
  if (!document) {
    return std::unexpected(document.error());
  }
  const auto members = members_of(document->root(), "the body", {});
  return members ? core::Result<void>{} : std::unexpected(members.error());
}

core::Result<std::vector<DeliveryName>> read_deliveries(std::string_view body) {
  const auto document = parse(body);
  if (!document) {
    return std::unexpected(document.error());
  }
  const auto members = members_of(document->root(), "the body", {"deliveries"});
  if (!members) {
    return std::unexpected(members.error());
  }
  const auto list = members->find("deliveries");
  if (list == members->end() || list->second.kind() != JsonKind::array) {
    return invalid("the body has the member \"deliveries\", an array");
  }
  const std::vector<JsonValue> elements = list->second.elements();
  if (elements.empty() || elements.size() > kDeliveriesMax) {
    return invalid(fmt::format("\"deliveries\" names {} of them; 1 to {} are taken at once",
                               elements.size(), kDeliveriesMax));
  }
  std::vector<DeliveryName> names;
  for (const JsonValue& element : elements) {
    auto name = delivery_of(element);
    if (!name) {
      return std::unexpected(std::move(name).error());
    }
    names.push_back(*std::move(name));
  }
  return names;
}

}  // namespace spillway::admin
