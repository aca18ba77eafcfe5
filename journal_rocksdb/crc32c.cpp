#include "journal_rocksdb/crc32c.hpp"

#include <array>
#include <cstring>

namespace spillway::journal {
namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // reflected

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

// Table n advances a byte's remainder by n further zero bytes, so that eight bytes are folded in
// one step: a start reads the whole log once, and byte by byte that would take a third of a second.
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t remainder = byte;
    for (int bit = 0; bit < 8; ++bit) {
      remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? kPolynomial : 0);
    }
    tables[0][byte] = remainder;
  }
  for (std::size_t table = 1; table < 8; ++table) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[table - 1][byte];
      tables[table][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTable = make_tables();

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xffffffff;
  while (bytes.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);  // the low byte first: x86-64 and AArch64
    word ^= crc;
    crc = kTable[7][word & 0xff] ^ kTable[6][word >> 8 & 0xff] ^ kTable[5][word >> 16 & 0xff] ^
          kTable[4][word >> 24 & 0xff] ^ kTable[3][word >> 32 & 0xff] ^
          kTable[2][word >> 40 & 0xff] ^ kTable[1][word >> 48 & 0xff] ^ kTable[0][word >> 56];
    bytes.remove_prefix(8);
  }
  for (const char byte : bytes) {
    crc = (crc >> 8) ^ kTable[0][(crc ^ static_cast<std::uint8_t>(byte)) & 0xff];
  }
  return ~crc;
}

}  // namespace spillway::journal
