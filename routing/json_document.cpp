#include "routing/json_document.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <limits>

namespace spillway::routing {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int hex_value(char c) {
  if (is_digit(c)) {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto tail = [&out, point](unsigned shift) {
    out.push_back(static_cast<char>(0x80 | (point >> shift & 0x3f)));
  };
  if (point < 0x80) {
    out.push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    out.push_back(static_cast<char>(0xc0 | point >> 6));
    tail(0);
  } else if (point < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | point >> 12));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xf0 | point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

// The four hex digits at the front of an already validated \u escape.
std::uint32_t unit_at(std::string_view digits) {
  std::uint32_t unit = 0;
  for (const char c : digits.substr(0, 4)) {
    unit = unit << 4 | static_cast<std::uint32_t>(hex_value(c));
  }
  return unit;
}

// Decodes one \u escape, or a surrogate pair of them; returns how many bytes it took.
std::size_t append_escaped_point(std::string& out, std::string_view escape) {
  constexpr std::uint32_t kReplacement = 0xfffd;
  const std::uint32_t unit = unit_at(escape.substr(2));
  if (unit < 0xd800 || unit > 0xdfff) {
    append_utf8(out, unit);
    return 6;
  }
  if (unit < 0xdc00 && escape.substr(6).starts_with("\\u")) {
    const std::uint32_t low = unit_at(escape.substr(8));
    if (low >= 0xdc00 && low <= 0xdfff) {
      append_utf8(out, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
      return 12;
    }
  }
  append_utf8(out, kReplacement);
  return 6;
}

// The contents of a validated string, without its quotes.
std::string unescaped(std::string_view contents) {
  std::string out;
  out.reserve(contents.size());
  for (std::size_t at = 0; at < contents.size();) {
    const std::size_t escape = std::min(contents.find('\\', at), contents.size());
    out.append(contents, at, escape - at);
    at = escape;
    if (at == contents.size()) {
      break;
    }
    switch (const char c = contents[at + 1]) {
      case 'u':
        at += append_escaped_point(out, contents.substr(at));
        continue;
      case 'b':
        out.push_back('\b');
        break;
      case 'f':
        out.push_back('\f');
        break;
      case 'n':
        out.push_back('\n');
        break;
      case 'r':
        out.push_back('\r');
        break;
      case 't':
        out.push_back('\t');
        break;
      default:
        out.push_back(c);
    }
    at += 2;
  }
  return out;
}

}  // namespace

// Iterative, so that depth costs no stack.
class JsonParser {
 public:
  explicit JsonParser(JsonDocument& document) : text_(document.text_), nodes_(document.nodes_) {}

  bool parse() {
    skip_space();
    if (!value()) {
      return false;
    }
    while (depth_ > 0) {
      if (!next_in_container()) {
        return false;
      }
    }
    skip_space();
    return at_ == text_.size();
  }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool take(char wanted) {
    const bool found = peek() == wanted && at_ < text_.size();
    at_ += found ? 1 : 0;
    return found;
  }

  void skip_space() {
    while (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t') {
      ++at_;
    }
  }

  bool next_in_container() {
    const std::uint32_t container = open_[depth_ - 1];
    const bool is_object = text_[nodes_[container].begin] == '{';
    const bool is_first = nodes_.size() == container + 1;
    skip_space();
    if (take(is_object ? '}' : ']')) {
      nodes_[container].end = position();
      nodes_[container].after = static_cast<std::uint32_t>(nodes_.size());
      --depth_;
      return true;
    }
    if (!is_first) {
      if (!take(',')) {
        return false;
      }
      skip_space();
    }
    if (is_object) {
      if (!string()) {
        return false;
      }
      skip_space();
      if (!take(':')) {
        return false;
      }
      skip_space();
    }
    return value();
  }

  bool value() {
    switch (peek()) {
      case '{':
      case '[':
        return open();
      case '"':
        return string();
      case 't':
        return literal("true");
      case 'f':
        return literal("false");
      case 'n':
        return literal("null");
      default:
        return number();
    }
  }

  bool open() {
    if (depth_ == open_.size()) {
      return false;
    }
    open_[depth_++] = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back({position(), 0, 0});  // completed when it closes
    ++at_;
    return true;
  }

  bool literal(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) {
      return false;
    }
    const std::uint32_t begin = position();
    at_ += word.size();
    return add_scalar(begin);
  }

  bool number() {
    const std::uint32_t begin = position();
    take('-');
    if (!take('0') && !digits()) {
      return false;
    }
    if (take('.') && !digits()) {
      return false;
    }
    if (take('e') || take('E')) {
      if (!take('+')) {
        take('-');
      }
      if (!digits()) {
        return false;
      }
    }
    return add_scalar(begin);
  }

  bool digits() {
    const std::size_t begin = at_;
    while (is_digit(peek())) {
      ++at_;
    }
    return at_ > begin;
  }

  bool string() {
    const std::uint32_t begin = position();
    if (!take('"')) {
      return false;
    }
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return add_scalar(begin);
      }
      if (static_cast<unsigned char>(c) < 0x20) {
        return false;
      }
      if (c != '\\') {
        ++at_;
      } else if (!escape()) {
        return false;
      }
    }
    return false;
  }

  bool escape() {
    ++at_;
    if (take('u')) {
      for (int i = 0; i < 4; ++i, ++at_) {
        if (hex_value(peek()) < 0) {
          return false;
        }
      }
      return true;
    }
    const bool known = at_ < text_.size() &&
                       std::string_view("\"\\/bfnrt").find(text_[at_]) != std::string_view::npos;
    ++at_;
    return known;
  }

  bool add_scalar(std::uint32_t begin) {
    nodes_.push_back({begin, position(), static_cast<std::uint32_t>(nodes_.size() + 1)});
    return true;
  }

  [[nodiscard]] std::uint32_t position() const { return static_cast<std::uint32_t>(at_); }

  std::string_view text_;
  std::vector<JsonDocument::Node>& nodes_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::array<std::uint32_t, JsonDocument::kMaxDepth> open_;
};

std::optional<JsonDocument> JsonDocument::parse(std::string_view text) {
  if (text.size() >= std::numeric_limits<std::uint32_t>::max() || !simdjson::validate_utf8(text)) {
    return std::nullopt;
  }
  JsonDocument document(text);
  if (!JsonParser(document).parse()) {
    return std::nullopt;
  }
  return document;
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
  const JsonDocument::Node& node = document_->nodes_[node_];
  return document_->text_.substr(node.begin, node.end - node.begin);
}

std::optional<std::string> JsonValue::text() const {
  switch (kind()) {
    case JsonKind::string:
      return unescaped(raw().substr(1, raw().size() - 2));
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
  return own.find('\\') == std::string_view::npos ? own == contents : unescaped(own) == contents;
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
