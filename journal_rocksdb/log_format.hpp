// RocksDB's log format, read from the outside: its write-ahead logs and its catalogue (MANIFEST)
// are both sequences of 32 KiB blocks, each holding whole fragments of records. Needed where
// RocksDB's own reading ends at the first damage. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace spillway::journal {

inline constexpr std::size_t kLogBlockBytes = 32768;
// Checksum (4), length (2), type (1). Fewer bytes than that at a block's end are padding.
inline constexpr std::size_t kFragmentHeaderBytes = 7;

enum class FragmentType : std::uint8_t { full = 1, first = 2, middle = 3, last = 4 };

struct Fragment {
  FragmentType type;
  std::string_view payload;

  [[nodiscard]] bool begins_record() const {
    return type == FragmentType::full || type == FragmentType::first;
  }
  [[nodiscard]] bool ends_record() const {
    return type == FragmentType::full || type == FragmentType::last;
  }
};

// Takes the next fragment off what is left of a block. Empty, and nothing taken, at padding or
// damage.
[[nodiscard]] std::optional<Fragment> take_fragment(std::string_view& block);

// Little-endian, as RocksDB writes numbers.
template <class Number>
[[nodiscard]] Number read_little_endian(std::string_view bytes) {
  Number number = 0;
  for (std::size_t i = sizeof number; i-- > 0;) {
    number = static_cast<Number>(number << 8 | static_cast<std::uint8_t>(bytes[i]));
  }
  return number;
}

}  // namespace spillway::journal
