#include "journal_rocksdb/log_format.hpp"

#include "journal_rocksdb/crc32c.hpp"

namespace spillway::journal {
namespace {

// RocksDB stores checksums rotated, so that a checksum of bytes holding checksums stays strong.
std::uint32_t unmask(std::uint32_t masked) {
  const std::uint32_t rotated = masked - 0xa282ead8;
  return rotated >> 17 | rotated << 15;
}

}  // namespace

std::optional<Fragment> take_fragment(std::string_view& block) {
  if (block.size() < kFragmentHeaderBytes) {
    return std::nullopt;
  }
  const std::size_t length = read_little_endian<std::uint16_t>(block.substr(4));
  const auto type = static_cast<FragmentType>(block[6]);
  if (type < FragmentType::full || type > FragmentType::last ||
      length > block.size() - kFragmentHeaderBytes ||
      crc32c(block.substr(6, 1 + length)) != unmask(read_little_endian<std::uint32_t>(block))) {
    return std::nullopt;
  }
  const Fragment fragment{type, block.substr(kFragmentHeaderBytes, length)};
  block.remove_prefix(kFragmentHeaderBytes + length);
  return fragment;
}

}  // namespace spillway::journal
