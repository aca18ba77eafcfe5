#include "app/answer.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace spillway::app {

AnswerValue AnswerValue::operator[](std::string_view member) const {
  return AnswerValue(json_ ? json_->find(member) : std::nullopt);
}

std::string_view AnswerValue::raw() const {
  return json_ ? json_->raw() : "null";
}

bool AnswerValue::is_null() const {
  return !json_ || json_->kind() == routing::JsonKind::null;
}

std::string AnswerValue::text() const {
  return is_null() ? std::string() : json_->text().value_or("");
}

std::uint64_t AnswerValue::count() const {
  const std::string digits = text();
  std::uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

double AnswerValue::number() const {
  const std::string digits = text();
  double value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::vector<AnswerValue> AnswerValue::elements() const {
  std::vector<AnswerValue> values;
  if (json_) {
    for (const routing::JsonValue& value : json_->elements()) {
      values.emplace_back(value);
    }
  }
  return values;
}

std::vector<std::pair<std::string, AnswerValue>> AnswerValue::members() const {
  std::vector<std::pair<std::string, AnswerValue>> values;
  if (json_) {
    for (const routing::JsonMember& member : json_->members()) {
      values.emplace_back(member.key.text().value_or(""), AnswerValue(member.value));
    }
  }
  return values;
}

core::Result<Answer> Answer::parse(core::Result<std::string> body) {
  if (!body) {
    return std::unexpected(std::move(body.error()));
  }
  auto owned = std::make_unique<std::string>(std::move(*body));
  auto document = routing::JsonDocument::parse(*owned);
  if (!document) {
    return core::fail(core::ErrorCode::corrupt,
                      "the answer is not JSON: is this the admin API of a Spillway node?");
  }
  return Answer(std::move(owned), std::make_unique<routing::JsonDocument>(std::move(*document)));
}

std::string duration_text(const AnswerValue& seconds) {
  if (seconds.is_null()) {
    return "-";
  }
  const double value = seconds.number();
  if (value < 1) {
    return fmt::format("{:.1f} ms", value * 1000);
  }
  if (value < 120) {
    return fmt::format("{:.1f} s", value);
  }
  return value < 7200 ? fmt::format("{:.1f} min", value / 60)
                      : fmt::format("{:.1f} h", value / 3600);
}

}  // namespace spillway::app
