// A write-ahead log as RocksDB writes it, then damaged: what is reported intact is a prefix that
// reads the same alone, and no claim is found that was never written.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/unit/journal_rocksdb/made_log.hpp"

namespace {

using namespace spillway::journal;

std::uint16_t take_number(std::string_view& input) {
  const auto number =
      input.size() < 2 ? std::uint16_t{0} : read_little_endian<std::uint16_t>(input);
  input.remove_prefix(std::min<std::size_t>(2, input.size()));
  return number;
}

void check(bool holds) {
  if (!holds) {
    __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  static_cast<void>(read_marks(input));  // any bytes at all

  MadeLog log;
  std::uint64_t highest = 0;
  for (auto records = take_number(input) % 8; records > 0; --records) {
    const std::uint64_t synced = take_number(input);
    log.add(record_of({synced + 1, synced}, std::string(take_number(input), 'v')));
    highest = std::max(highest, synced);
  }
  const WalMarks whole = read_marks(log.bytes());
  check(whole.highest_synced() == highest && whole.intact_bytes() == log.bytes().size());

  std::string damaged = log.bytes();
  while (!input.empty() && !damaged.empty()) {
    const std::size_t at =
        (take_number(input) * std::size_t{8} + take_number(input)) % damaged.size();
    damaged[at] = static_cast<char>(take_number(input));
  }
  const WalMarks marks = read_marks(damaged);
  check(marks.highest_synced() <= highest && marks.intact_bytes() <= damaged.size());
  const WalMarks prefix = read_marks(std::string_view(damaged).substr(0, marks.intact_bytes()));
  check(prefix.intact_bytes() == marks.intact_bytes());
  check(prefix.highest_synced() <= marks.highest_synced());
  return 0;
}
