// A place in a YAML document, with the questions a configuration asks of it. A wrong answer becomes
// a problem with file, line, what was found and what was expected, and a default goes on, so that
// one run finds every mistake. Used while loading, on one thread.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/problems.hpp"
#include "core/clock.hpp"

namespace spillway::config {

// A document being read. Outlives its nodes.
struct Document {
  std::string file;
  std::string directory;  // relative paths are taken from here
  Problems* problems;
};

class Section;

class Node {
 public:
  // `path` names it in messages, such as destinations.acme.url.
  Node(const Document& document, const YAML::Node& yaml, std::string path);

  [[nodiscard]] std::string text() const;  // with ${env:…} and ${file:…} filled in
  // As it stands in the file, for messages: what is filled in may be a secret.
  [[nodiscard]] std::string written() const;
  [[nodiscard]] core::Duration duration() const;
  [[nodiscard]] core::Duration wait() const;  // above 0: every wait has a deadline
  [[nodiscard]] std::uint64_t size(std::uint64_t min = 0, std::uint64_t max = UINT64_MAX) const;
  [[nodiscard]] std::int64_t integer(std::int64_t min, std::int64_t max) const;
  [[nodiscard]] double number(double min, double max) const;
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] std::vector<Node> list() const;
  [[nodiscard]] std::vector<std::string> texts() const;  // a list of texts
  [[nodiscard]] Section section() const;
  // A section whose keys are names given by the user, in document order.
  [[nodiscard]] std::vector<std::pair<std::string, Node>> named() const;

  // One of the words, as the value that stands for it.
  template <class Value>
  [[nodiscard]] Value one_of(const std::vector<std::pair<std::string_view, Value>>& words) const;

  [[nodiscard]] bool is_section() const { return yaml_.IsMap(); }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] Place place() const;
  void problem(std::string message) const;

 private:
  [[nodiscard]] std::string scalar(std::string_view expected) const;
  [[nodiscard]] std::optional<core::Duration> parsed_duration() const;
  void not_a_word(const std::vector<std::string_view>& words) const;

  const Document* document_;
  YAML::Node yaml_;
  std::string path_;
};

// A map with known keys. Every key that is asked for is known; finish() reports the others.
class Section {
 public:
  explicit Section(const Node& node, std::vector<std::pair<std::string, Node>> entries);

  // The value under the key, if it is there.
  [[nodiscard]] std::optional<Node> find(std::string_view key);

  // The same, and a problem if it is not there.
  [[nodiscard]] std::optional<Node> require(std::string_view key);

  // A key of the format whose feature this version does not have yet: a problem if it is used.
  void not_built(std::string_view key, std::string_view feature);

  // Reports every key nobody asked for, with the nearest known one.
  void finish();

  [[nodiscard]] const Node& node() const { return node_; }

 private:
  Node node_;
  std::vector<std::pair<std::string, Node>> entries_;
  std::vector<std::string> known_;
};

template <class Value>
Value Node::one_of(const std::vector<std::pair<std::string_view, Value>>& words) const {
  const std::string found = text();
  std::vector<std::string_view> known;
  for (const auto& [word, value] : words) {
    if (found == word) {
      return value;
    }
    known.push_back(word);
  }
  not_a_word(known);
  return words.front().second;
}

}  // namespace spillway::config
