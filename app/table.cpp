#include "app/table.hpp"

#include <algorithm>

namespace spillway::app {
namespace {

// Characters, not bytes: continuation bytes of UTF-8 take no place.
bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

std::string Table::text() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width(printable(row[i])));
    }
  }
  std::string out;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string cell = printable(row[i]);
      const std::string space(widths[i] - width(cell), ' ');
      line.append(i == 0 ? "" : "  ");
      line.append(is_number(cell) ? space + cell : cell + space);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out.append(line).append("\n");
  }
  return out;
}

std::string shortened(std::string_view text, std::size_t characters_max) {
  if (width(text) <= characters_max) {
    return std::string(text);
  }
  std::size_t begun = 0;
  const auto* const last = std::ranges::find_if(
      text, [&](char c) { return begins_character(c) && ++begun == characters_max; });
  return std::string(text.begin(), last).append("…");
}

std::string printable(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(
      out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return out;
}

}  // namespace spillway::app
