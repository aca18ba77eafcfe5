// The file `claimed_synced` in a store's directory: the highest claim of its logs ever seen.
// Recovery deletes the logs it has read, and with them the only proof that something is missing;
// with the claim kept, a node that refused to start refuses again.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <string>

#include "core/error.hpp"

namespace spillway::journal {

// Keeps the claim when it is higher than the one kept, and returns the higher one.
[[nodiscard]] core::Result<std::uint64_t> keep_claim(rocksdb::FileSystem& files,
                                                     const std::string& directory,
                                                     std::uint64_t claimed);

}  // namespace spillway::journal
