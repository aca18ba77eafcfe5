#include "routing/json_string.hpp"

#include <algorithm>
#include <cstdint>

namespace spillway::routing {
namespace {

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

}  // namespace

int hex_value(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string unescaped_json(std::string_view contents) {
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

}  // namespace spillway::routing
