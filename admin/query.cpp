#include "admin/query.hpp"
#include "admin/errors.hpp"
#include "core/percent_encoding.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace spillway::admin {

namespace {

// As forms write it, with '+' for a space.
std::optional<std::string> decode(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  return core::percent_decoded(spaced);
}

}  // namespace

core::Result<Query> Query::parse(std::string_view text, std::span<const std::string_view> known) {
  Query query;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view raw_value = pair.substr(std::min(equals + 1, pair.size()));
    const auto name = decode(pair.substr(0, equals));
    const auto value = decode(raw_value);
    if (!name || !value) {
      return invalid(fmt::format("\"{}\" in the query is not percent-encoded rightly", pair));
    }
    if (std::ranges::find(known, *name) == known.end()) {
      return known.empty()
                 ? invalid(fmt::format("unknown parameter \"{}\": none is taken here", *name))
                 : invalid(fmt::format("unknown parameter \"{}\": this resource takes {}", *name,
                                       fmt::join(known, ", ")));
    }
    if (value->empty()) {
      return invalid(fmt::format("the parameter \"{}\" has no value", *name));
    }
    if (!query.parameters_.emplace(*name, *value).second) {
      return invalid(fmt::format("the parameter \"{}\" is given twice", *name));
    }
  }
  return query;
}

std::optional<std::string_view> Query::find(std::string_view name) const {
  const auto found = parameters_.find(name);
  return found == parameters_.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

core::Result<std::size_t> Query::number(std::string_view name, std::size_t otherwise,
                                        std::size_t max) const {
  const auto text = find(name);
  if (!text) {
    return otherwise;
  }
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || value < 1 || value > max) {
    return invalid(fmt::format("the parameter \"{}\" is \"{}\"; it is a number from 1 to {}", name,
                               *text, max));
  }
  return value;
}

core::Result<bool> Query::flag(std::string_view name) const {
  const auto text = find(name);
  if (text && *text != "true" && *text != "false") {
    return invalid(fmt::format("the parameter \"{}\" is \"{}\"; it is true or false", name, *text));
  }
  return text && *text == "true";
}

}  // namespace spillway::admin
