// CRC-32C (Castagnoli), the checksum of RocksDB's log records. RocksDB keeps its own private, and
// the log reader beside this file must not trust a record without it. Any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace spillway::journal {

[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);

}  // namespace spillway::journal
