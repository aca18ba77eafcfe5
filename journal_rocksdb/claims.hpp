// What the logs in a store's directory claim to have been synced, gathered before RocksDB opens
// it: recovery deletes the logs it has read, and with them the only proof that something is
// missing. So the highest claim ever seen is kept in the file `claimed_synced` beside them, and a
// node that refused to start refuses again.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <string>

#include "core/error.hpp"

namespace spillway::journal {

[[nodiscard]] core::Result<std::uint64_t> gather_claims(rocksdb::FileSystem& files,
                                                        const std::string& directory);

}  // namespace spillway::journal
