#include "routing/selector.hpp"

#include <cctype>

#include "core/headers.hpp"

namespace spillway::routing {

core::Result<Selector> Selector::header(std::string_view name) {
  if (name.empty()) {
    return core::fail(core::ErrorCode::invalid_argument,
                      "the header to look at has no name; expected one like X-Event-Type");
  }
  std::string identity = "header:";
  for (const char c : name) {
    identity.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  }
  return Selector(std::string(name), std::move(identity));
}

core::Result<Selector> Selector::json(std::string_view pointer) {
  auto parsed = JsonPointer::parse(pointer);
  if (!parsed) {
    return std::unexpected(std::move(parsed.error()));
  }
  return Selector(std::move(*parsed), "json:" + std::string(pointer));
}

std::optional<JsonValue> Selector::json_value(JsonBody& body) const {
  const auto root = body.root();
  return root ? std::get<JsonPointer>(target_).resolve(*root) : std::nullopt;
}

std::optional<std::string> Selector::text(std::span<const core::Header> headers,
                                          JsonBody& body) const {
  if (const auto* name = std::get_if<std::string>(&target_)) {
    const auto value = core::find_header(headers, *name);
    return value ? std::optional<std::string>(*value) : std::nullopt;
  }
  const auto value = json_value(body);
  return value ? value->text() : std::nullopt;
}

bool Selector::present(std::span<const core::Header> headers, JsonBody& body) const {
  if (const auto* name = std::get_if<std::string>(&target_)) {
    return core::find_header(headers, *name).has_value();
  }
  const auto value = json_value(body);
  return value && value->kind() != JsonKind::null;
}

}  // namespace spillway::routing
