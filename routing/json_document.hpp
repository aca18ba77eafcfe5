// A JSON text, validated whole and indexed over its own bytes in one pass. Every value keeps its
// exact slice, so that the gateway can cut an update out of a request byte by byte, and numbers
// compare as they were written. Sits under routing (conditions) and gateway (splitting); owned by
// the request that is being accepted, one thread. The text must outlive the document, the
// document its values.
//
// Grammar: RFC 8259 in valid UTF-8, at most kJsonDepthMax levels. The first of duplicate keys
// counts. Numbers of any size and lone surrogates (half an emoji) are valid, as the RFC has it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "routing/json_index.hpp"

namespace spillway::routing {

class JsonDocument;
struct JsonMember;

enum class JsonKind { object, array, string, number, boolean, null };

// One value of a document; cheap to copy.
class JsonValue {
 public:
  [[nodiscard]] JsonKind kind() const;
  [[nodiscard]] std::string_view raw() const;  // the bytes as received, without outer white space

  // A scalar as text: strings unescaped, numbers and booleans as written; else nothing.
  [[nodiscard]] std::optional<std::string> text() const;

  [[nodiscard]] bool is_text(std::string_view contents) const;  // a string with these contents

  // The member of an object; nothing when there is none or this is no object.
  [[nodiscard]] std::optional<JsonValue> find(std::string_view key) const;
  // The element of an array; nothing when it has fewer or this is no array.
  [[nodiscard]] std::optional<JsonValue> at(std::size_t index) const;
  // What an array or object holds, in document order; empty for everything else.
  [[nodiscard]] std::vector<JsonValue> elements() const;
  [[nodiscard]] std::vector<JsonMember> members() const;

 private:
  friend class JsonDocument;
  JsonValue(const JsonDocument* document, std::uint32_t node) : document_(document), node_(node) {}

  const JsonDocument* document_;
  std::uint32_t node_;
};

struct JsonMember {
  JsonValue key;
  JsonValue value;
};

class JsonDocument {
 public:
  // Nothing when the text is no valid JSON, as index_json() has it.
  [[nodiscard]] static std::optional<JsonDocument> parse(std::string_view text);

  [[nodiscard]] JsonValue root() const { return {this, 0}; }

 private:
  friend class JsonValue;

  JsonDocument(std::string_view text, std::vector<JsonNode> nodes)
      : text_(text), nodes_(std::move(nodes)) {}

  std::string_view text_;
  std::vector<JsonNode> nodes_;
};

}  // namespace spillway::routing
