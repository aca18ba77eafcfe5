#include "gateway/query_parameter.hpp"

#include <algorithm>

#include "core/encoding.hpp"

namespace spillway::gateway {
namespace {

std::optional<std::string> url_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+') {
      out.push_back(' ');
    } else if (text[at] != '%') {
      out.push_back(text[at]);
    } else {
      const auto byte = core::from_hex(text.substr(at + 1, 2));
      if (!byte || byte->size() != 1) {
        return std::nullopt;
      }
      out += *byte;
      at += 2;
    }
  }
  return out;
}

}  // namespace

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::size_t equals = pair.find('=');
    if (url_decoded(pair.substr(0, equals)) == name) {
      return url_decoded(equals == std::string_view::npos ? "" : pair.substr(equals + 1));
    }
  }
  return std::nullopt;
}

}  // namespace spillway::gateway
