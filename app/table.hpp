// A table for people: columns as wide as what stands in them. Control characters, which a peer may
// have sent, never reach the terminal. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace spillway::app {

class Table {
 public:
  explicit Table(std::vector<std::string> titles) { add(std::move(titles)); }

  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] bool empty() const { return rows_.size() == 1; }  // but for the titles

  // Numbers stand to the right.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// At most so many characters of a text, at least one; an ellipsis stands for the rest.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t characters_max);

// The text with every control character, line breaks too, replaced.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace spillway::app
