#include "admin/request_json.hpp"

#include <fmt/format.h>

#include "admin/errors.hpp"
#include "admin/json_members.hpp"
#include "routing/json_document.hpp"

namespace spillway::admin {

using routing::JsonKind;
using routing::JsonValue;

namespace {

core::Result<DeliveryName> delivery_of(JsonValue element) {
  const auto members = JsonMembers::of(element, "a delivery", {"event_id", "destination"});
  if (!members) {
    return std::unexpected(members.error());
  }
  const auto id = members->string("event_id");
  auto name = members->string("destination");
  if (!id || !name) {
    return std::unexpected(id ? name.error() : id.error());
  }
  if (!*id || !*name) {
    return invalid("a delivery is named by its event_id and its destination");
  }
  const auto event = core::EventId::parse(**id);
  if (!event) {
    return invalid(fmt::format("\"{}\" is no event id", **id));
  }
  return DeliveryName{*event, **std::move(name)};
}

}  // namespace

core::Result<std::optional<std::string>> read_optional_string(std::string_view body,
                                                              std::string_view member) {
  const auto document = parse_body(body);
  if (!document) {
    return std::unexpected(document.error());
  }
  const auto members = JsonMembers::of(document->root(), "the body", {member});
  if (!members) {
    return std::unexpected(members.error());
  }
  return members->string(member);
}

core::Result<void> read_nothing(std::string_view body) {
  const auto document = parse_body(body);
  if (!document) {
    return std::unexpected(document.error());
  }
  const auto members = JsonMembers::of(document->root(), "the body", {});
  return members ? core::Result<void>{} : std::unexpected(members.error());
}

bool has_filter(std::string_view body) {
  const auto document = parse_body(body);
  return document && document->root().find("filter");
}

core::Result<std::vector<DeliveryName>> read_deliveries(std::string_view body) {
  const auto document = parse_body(body);
  if (!document) {
    return std::unexpected(document.error());
  }
  const auto members = JsonMembers::of(document->root(), "the body", {"deliveries"});
  if (!members) {
    return std::unexpected(members.error());
  }
  const auto list = members->find("deliveries");
  if (!list || list->kind() != JsonKind::array) {
    return invalid("the body has the member \"deliveries\", an array, or \"filter\"");
  }
  const std::vector<JsonValue> elements = list->elements();
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
