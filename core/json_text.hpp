// Writing JSON text: strings quoted and escaped, invalid UTF-8 replaced, so that what a peer sent
// can be shown inside a document of ours. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace spillway::core {

// Appends the text as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view text);
[[nodiscard]] std::string json_string(std::string_view text);

// Writes one document by calls in document order; commas are put where they belong.
//   JsonWriter json; json.begin_object(); json.key("count").value(3); json.end_object();
class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(std::uint64_t number);
  JsonWriter& value(int number) { return value(static_cast<std::int64_t>(number)); }
  JsonWriter& value(unsigned number) { return value(static_cast<std::uint64_t>(number)); }
  JsonWriter& value(double number);
  JsonWriter& value(bool yes);
  JsonWriter& null();
  JsonWriter& raw(std::string_view json);  // an already valid JSON value

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void separate();

  std::string text_;
  bool needs_comma_ = false;
};

}  // namespace spillway::core
