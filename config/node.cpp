#include "config/node.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <unordered_set>

#include "config/interpolate.hpp"
#include "config/units.hpp"

namespace spillway::config {
namespace {

std::string_view kind_of(const YAML::Node& yaml) {
  switch (yaml.Type()) {
    case YAML::NodeType::Map:
      return "a map";
    case YAML::NodeType::Sequence:
      return "a list";
    case YAML::NodeType::Scalar:
      return "a value";
    case YAML::NodeType::Null:
    case YAML::NodeType::Undefined:
      return "nothing";
  }
  return "nothing";
}

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

Node::Node(const Document& document, const YAML::Node& yaml, std::string path)
    : document_(&document), yaml_(yaml), path_(std::move(path)) {}

Place Node::place() const {
  return {document_->file, yaml_.Mark().line + 1};
}

void Node::problem(std::string message) const {
  document_->problems->push_back({place(), fmt::format("{}: {}", path_, message)});
}

std::string Node::scalar(std::string_view expected) const {
  if (!yaml_.IsScalar()) {
    problem(fmt::format("found {}, expected {}", kind_of(yaml_), expected));
    return {};
  }
  auto filled = interpolate(yaml_.Scalar(), document_->directory);
  if (!filled) {
    problem(filled.error().message);
    return {};
  }
  return *std::move(filled);
}

std::string Node::written() const {
  return yaml_.IsScalar() ? yaml_.Scalar() : std::string();
}

std::string Node::text() const {
  return scalar("a text");
}

std::optional<core::Duration> Node::parsed_duration() const {
  const std::string found = scalar(kDurationForm);
  const auto duration = parse_duration(found);
  if (!duration && yaml_.IsScalar()) {
    problem(fmt::format("found \"{}\", expected {}", written(), kDurationForm));
  }
  return duration;
}

core::Duration Node::duration() const {
  return parsed_duration().value_or(core::Duration{});
}

core::Duration Node::wait() const {
  const auto duration = parsed_duration();
  if (duration == core::Duration{}) {
    problem("expected more than 0: every wait has a deadline");
  }
  return duration.value_or(core::Duration{});
}

std::uint64_t Node::size(std::uint64_t min, std::uint64_t max) const {
  const std::string found = scalar(kSizeForm);
  const auto size = parse_size(found);
  if (!size && yaml_.IsScalar()) {
    problem(fmt::format("found \"{}\", expected {}", written(), kSizeForm));
  } else if (size && *size < min) {
    problem(fmt::format("found \"{}\", expected at least {}", written(), size_text(min)));
  } else if (size && *size > max) {
    problem(fmt::format("found \"{}\", expected at most {}", written(), size_text(max)));
  }
  return size.value_or(0);
}

std::int64_t Node::integer(std::int64_t min, std::int64_t max) const {
  const std::string expected = fmt::format("a whole number from {} to {}", min, max);
  const std::string found = scalar(expected);
  const auto number = parse_number<std::int64_t>(found);
  if ((!number || *number < min || *number > max) && yaml_.IsScalar()) {
    problem(fmt::format("found \"{}\", expected {}", written(), expected));
    return min;
  }
  return number.value_or(min);
}

double Node::number(double min, double max) const {
  const std::string expected = fmt::format("a number from {} to {}", min, max);
  const std::string found = scalar(expected);
  const auto number = parse_number<double>(found);
  if ((!number || !(*number >= min && *number <= max)) && yaml_.IsScalar()) {
    problem(fmt::format("found \"{}\", expected {}", written(), expected));
    return min;
  }
  return number.value_or(min);
}

bool Node::boolean() const {
  return one_of<bool>({{"false", false}, {"true", true}});
}

std::vector<Node> Node::list() const {
  std::vector<Node> items;
  if (!yaml_.IsSequence()) {
    problem(fmt::format("found {}, expected a list such as [ a, b ]", kind_of(yaml_)));
    return items;
  }
  for (std::size_t i = 0; i < yaml_.size(); ++i) {
    items.emplace_back(*document_, yaml_[i], fmt::format("{}[{}]", path_, i));
  }
  return items;
}

std::vector<std::string> Node::texts() const {
  std::vector<std::string> found;
  for (const Node& item : list()) {
    found.push_back(item.text());
  }
  return found;
}

std::vector<std::pair<std::string, Node>> Node::named() const {
  std::vector<std::pair<std::string, Node>> entries;
  std::unordered_set<std::string> names;
  if (!yaml_.IsMap()) {
    problem(fmt::format("found {}, expected a map", kind_of(yaml_)));
    return entries;
  }
  for (const auto& entry : yaml_) {
    const Node key(*document_, entry.first, path_.empty() ? "key" : path_);
    if (!entry.first.IsScalar()) {
      key.problem("found a key that is not a text");
      continue;
    }
    const std::string name = entry.first.Scalar();
    if (!names.insert(name).second) {
      key.problem(fmt::format("\"{}\" stands here twice: keep one of them", name));
      continue;
    }
    entries.emplace_back(name,
                         Node(*document_, entry.second, path_.empty() ? name : path_ + "." + name));
  }
  return entries;
}

Section Node::section() const {
  return Section(*this, named());
}

void Node::not_a_word(const std::vector<std::string_view>& words) const {
  if (yaml_.IsScalar()) {
    problem(fmt::format("found \"{}\", expected one of: {}", written(), fmt::join(words, ", ")));
  }
}

Section::Section(const Node& node, std::vector<std::pair<std::string, Node>> entries)
    : node_(node), entries_(std::move(entries)) {}

std::optional<Node> Section::find(std::string_view key) {
  known_.emplace_back(key);
  const auto entry = std::ranges::find(entries_, key, &std::pair<std::string, Node>::first);
  return entry == entries_.end() ? std::nullopt : std::optional(entry->second);
}

std::optional<Node> Section::require(std::string_view key) {
  auto found = find(key);
  if (!found) {
    node_.problem(fmt::format("\"{}\" is missing", key));
  }
  return found;
}

void Section::not_built(std::string_view key, std::string_view feature) {
  if (const auto found = find(key)) {
    found->problem(fmt::format("{} is not built yet in this version: remove the key", feature));
  }
}

void Section::finish() {
  for (const auto& [key, value] : entries_) {
    if (std::ranges::find(known_, key) != known_.end()) {
      continue;
    }
    const std::string_view meant = nearest(key, known_);
    value.problem(
        meant.empty()
            ? fmt::format("unknown key \"{}\"; expected one of: {}", key, fmt::join(known_, ", "))
            : fmt::format("unknown key \"{}\"; did you mean \"{}\"?", key, meant));
  }
}

}  // namespace spillway::config
