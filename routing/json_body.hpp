// The body of a request or event seen as JSON: parsed at the first question and only once, so a
// source whose routes look at headers alone never pays for it. Made per event by whoever routes
// it; one thread; the text must outlive it.
#pragma once

#include <optional>
#include <string_view>

#include "routing/json_document.hpp"

namespace spillway::routing {

class JsonBody {
 public:
  explicit JsonBody(std::string_view text) : text_(text) {}

  // Values point into the document kept here.
  JsonBody(const JsonBody&) = delete;
  JsonBody& operator=(const JsonBody&) = delete;

  // Nothing when the body is not valid JSON.
  [[nodiscard]] std::optional<JsonValue> root() {
    if (!parsed_) {
      parsed_ = true;
      document_ = JsonDocument::parse(text_);
    }
    return document_ ? std::optional(document_->root()) : std::nullopt;
  }

 private:
  std::string_view text_;
  bool parsed_ = false;
  std::optional<JsonDocument> document_;
};

}  // namespace spillway::routing
