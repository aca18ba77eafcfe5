#include "journal/store.hpp"

#include <cstring>

#include "core/check.hpp"

namespace spillway::journal {
namespace {

constexpr std::size_t kChangeHeader = 2 + 2 * sizeof(std::uint32_t);

}  // namespace

std::string_view to_string(Table table) {
  switch (table) {
    case Table::meta:
      return "meta";
    case Table::events:
      return "events";
    case Table::bodies:
      return "bodies";
    case Table::ids:
      return "ids";
    case Table::deliveries:
      return "deliveries";
    case Table::due:
      return "due";
    case Table::handed:
      return "handed";
    case Table::order:
      return "order";
    case Table::fates:
      return "fates";
    case Table::attempts:
      return "attempts";
    case Table::dedup:
      return "dedup";
    case Table::versions:
      return "versions";
    case Table::counters:
      return "counters";
  }
  return "?";
}

void WriteBatch::append(Kind kind, Table table, std::string_view first, std::string_view second) {
  const auto first_size = static_cast<std::uint32_t>(first.size());
  const auto second_size = static_cast<std::uint32_t>(second.size());
  char header[kChangeHeader];
  header[0] = static_cast<char>(kind);
  header[1] = static_cast<char>(table);
  std::memcpy(header + 2, &first_size, sizeof first_size);
  std::memcpy(header + 6, &second_size, sizeof second_size);
  bytes_.append(header, sizeof header).append(first).append(second);
}

WriteBatch::Change WriteBatch::read(std::string_view& rest) {
  CHECK(rest.size() >= kChangeHeader);
  std::uint32_t first_size = 0;
  std::uint32_t second_size = 0;
  std::memcpy(&first_size, rest.data() + 2, sizeof first_size);
  std::memcpy(&second_size, rest.data() + 6, sizeof second_size);
  const Change change{static_cast<Kind>(rest[0]), static_cast<Table>(rest[1]),
                      rest.substr(kChangeHeader, first_size),
                      rest.substr(kChangeHeader + first_size, second_size)};
  rest.remove_prefix(kChangeHeader + first_size + second_size);
  return change;
}

void WriteBatch::put(Table table, std::string_view key, std::string_view value) {
  append(Kind::put, table, key, value);
}

void WriteBatch::erase(Table table, std::string_view key) {
  append(Kind::erase, table, key, {});
}

void WriteBatch::erase_range(Table table, std::string_view from, std::string_view to) {
  append(Kind::erase_range, table, from, to);
}

}  // namespace spillway::journal
