#include "routing/json_index.hpp"

#include <simdjson.h>

#include <array>
#include <limits>

#include "routing/json_string.hpp"

namespace spillway::routing {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Iterative, so that depth costs no stack.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

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

  [[nodiscard]] std::vector<JsonNode> take_nodes() { return std::move(nodes_); }

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
  std::vector<JsonNode> nodes_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::array<std::uint32_t, kJsonDepthMax> open_;
};

}  // namespace

std::optional<std::vector<JsonNode>> index_json(std::string_view text) {
  if (text.size() >= std::numeric_limits<std::uint32_t>::max() || !simdjson::validate_utf8(text)) {
    return std::nullopt;
  }
  Parser parser(text);
  return parser.parse() ? std::optional(parser.take_nodes()) : std::nullopt;
}

}  // namespace spillway::routing
