// An answer of the admin API, read leniently: members that are missing or null are empty, so that
// a newer node's answers can still be shown. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "routing/json_document.hpp"

namespace spillway::app {

// A value of an answer; valid while the answer is.
class AnswerValue {
 public:
  explicit AnswerValue(std::optional<routing::JsonValue> json) : json_(json) {}

  [[nodiscard]] AnswerValue operator[](std::string_view member) const;
  [[nodiscard]] std::string text() const;  // of a scalar; null is empty
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] double number() const;
  [[nodiscard]] bool is_true() const { return text() == "true"; }
  [[nodiscard]] bool is_null() const;
  [[nodiscard]] std::string_view raw() const;  // its JSON; valid while the answer is
  [[nodiscard]] std::vector<AnswerValue> elements() const;
  [[nodiscard]] std::vector<std::pair<std::string, AnswerValue>> members() const;

 private:
  std::optional<routing::JsonValue> json_;
};

class Answer {
 public:
  // Of what the client got; its error is passed on.
  [[nodiscard]] static core::Result<Answer> parse(core::Result<std::string> body);

  [[nodiscard]] AnswerValue operator[](std::string_view member) const { return root()[member]; }
  [[nodiscard]] AnswerValue root() const { return AnswerValue(document_->root()); }
  [[nodiscard]] const std::string& text() const { return *text_; }

 private:
  Answer(std::unique_ptr<std::string> text, std::unique_ptr<routing::JsonDocument> document)
      : text_(std::move(text)), document_(std::move(document)) {}

  // On the heap, as the document and its values point into them.
  std::unique_ptr<std::string> text_;
  std::unique_ptr<routing::JsonDocument> document_;
};

// "1.2 ms", "3.4 s", "2.5 h"; "-" for null.
[[nodiscard]] std::string duration_text(const AnswerValue& seconds);

}  // namespace spillway::app
