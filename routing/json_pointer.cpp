#include "routing/json_pointer.hpp"

#include <fmt/format.h>

#include <charconv>

namespace spillway::routing {
namespace {

core::Result<std::string> unescaped(std::string_view token) {
  std::string out;
  for (std::size_t at = 0; at < token.size(); ++at) {
    if (token[at] != '~') {
      out.push_back(token[at]);
      continue;
    }
    ++at;
    if (at == token.size() || (token[at] != '0' && token[at] != '1')) {
      return core::fail(core::ErrorCode::invalid_argument,
                        "\"~\" must be written \"~0\" and \"/\" inside a name \"~1\"");
    }
    out.push_back(token[at] == '0' ? '~' : '/');
  }
  return out;
}

// RFC 6901 §4: digits without a leading zero.
std::optional<std::size_t> array_index(std::string_view token) {
  std::size_t index = 0;
  const char* const end = token.data() + token.size();
  const auto [stopped, error] = std::from_chars(token.data(), end, index);
  const bool leading_zero = token.size() > 1 && token.front() == '0';
  return error == std::errc{} && stopped == end && !leading_zero ? std::optional(index)
                                                                 : std::nullopt;
}

std::optional<JsonValue> step(JsonValue value, const std::string& token) {
  if (value.kind() == JsonKind::object) {
    return value.find(token);
  }
  const auto index = array_index(token);
  return index ? value.at(*index) : std::nullopt;
}

}  // namespace

core::Result<JsonPointer> JsonPointer::parse(std::string_view text) {
  JsonPointer pointer;
  if (!text.empty() && text.front() != '/') {
    return core::fail(core::ErrorCode::invalid_argument,
                      fmt::format("\"{}\" is no JSON pointer: it must begin with \"/\", as in "
                                  "/order/id",
                                  text));
  }
  while (!text.empty()) {
    text.remove_prefix(1);
    const std::string_view token = text.substr(0, text.find('/'));
    auto name = unescaped(token);
    if (!name) {
      return std::unexpected(
          std::move(name.error()).in_context(fmt::format("JSON pointer step \"{}\"", token)));
    }
    pointer.tokens_.push_back(std::move(*name));
    text.remove_prefix(token.size());
  }
  return pointer;
}

std::optional<JsonValue> JsonPointer::resolve(JsonValue root) const {
  std::optional<JsonValue> value = root;
  for (const std::string& token : tokens_) {
    value = step(*value, token);
    if (!value) {
      break;
    }
  }
  return value;
}

}  // namespace spillway::routing
