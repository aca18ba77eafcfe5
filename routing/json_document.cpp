#include "routing/json_document.hpp"

#include "routing/json_string.hpp"

namespace spillway::routing {

std::optional<JsonDocument> JsonDocument::parse(std::string_view text) {
  auto nodes = index_json(text);
  return nodes ? std::optional(JsonDocument(text, std::move(*nodes))) : std::nullopt;
}

JsonKind JsonValue::kind() const {
  switch (document_->text_[document_->nodes_[node_].begin]) {
    case '{':
      return JsonKind::object;
    case '[':
      return JsonKind::array;
    case '"':
      return JsonKind::string;
    case 't':
    case 'f':
      return JsonKind::boolean;
    case 'n':
      return JsonKind::null;
    default:
      return JsonKind::number;
  }
}

std::string_view JsonValue::raw() const {
  const JsonNode& node = document_->nodes_[node_];
  return document_->text_.substr(node.begin, node.end - node.begin);
}

std::optional<std::string> JsonValue::text() const {
  switch (kind()) {
    case JsonKind::string:
      return unescaped_json(raw().substr(1, raw().size() - 2));
    case JsonKind::number:
    case JsonKind::boolean:
      return std::string(raw());
    default:
      return std::nullopt;
  }
}

bool JsonValue::is_text(std::string_view contents) const {
  if (kind() != JsonKind::string) {
    return false;
  }
  const std::string_view own = raw().substr(1, raw().size() - 2);
  return own.find('\\') == std::string_view::npos ? own == contents
                                                  : unescaped_json(own) == contents;
}

std::optional<JsonValue> JsonValue::find(std::string_view key) const {
  if (kind() != JsonKind::object) {
    return std::nullopt;
  }
  const auto& nodes = document_->nodes_;
  for (std::uint32_t at = node_ + 1; at < nodes[node_].after; at = nodes[at + 1].after) {
    if (JsonValue(document_, at).is_text(key)) {
      return JsonValue(document_, at + 1);
    }
  }
  return std::nullopt;
}

std::optional<JsonValue> JsonValue::at(std::size_t index) const {
  if (kind() != JsonKind::array) {
    return std::nullopt;
  }
  const auto& nodes = document_->nodes_;
  std::uint32_t at = node_ + 1;
  for (; index > 0 && at < nodes[node_].after; --index) {
    at = nodes[at].after;
  }
  return at < nodes[node_].after ? std::optional(JsonValue(document_, at)) : std::nullopt;
}

std::vector<JsonValue> JsonValue::elements() const {
  std::vector<JsonValue> found;
  if (kind() == JsonKind::array) {
    const auto& nodes = document_->nodes_;
    for (std::uint32_t at = node_ + 1; at < nodes[node_].after; at = nodes[at].after) {
      found.push_back({document_, at});
    }
  }
  return found;
}

std::vector<JsonMember> JsonValue::members() const {
  std::vector<JsonMember> found;
  if (kind() == JsonKind::object) {
    const auto& nodes = document_->nodes_;
    for (std::uint32_t at = node_ + 1; at < nodes[node_].after; at = nodes[at + 1].after) {
      found.push_back({{document_, at}, {document_, at + 1}});
    }
  }
  return found;
}

}  // namespace spillway::routing
