// RocksDB's write-ahead logs, looked at before RocksDB opens them: what they claim to have been
// synced, and where the last one ends.
//
// Only the last log with anything in it may have a torn end after a crash: the store syncs each
// log before the next one gets its first record. RocksDB must not meet that end. Where it reads
// zeros it skips the rest of the block without a word and goes on behind it, so a batch could be
// missing before one that is there. For the same reason damage in an earlier log is refused here.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <string>

#include "core/error.hpp"

namespace spillway::journal {

struct Logs {
  std::uint64_t claimed_synced = 0;
  std::string last;  // path of the last log that is not empty; empty when there is none
  std::uint64_t last_bytes = 0;
  std::uint64_t last_intact_bytes = 0;  // where its first damage begins
};

// Fails when a log that others follow is damaged: it was synced, so the disk lost something.
[[nodiscard]] core::Result<Logs> read_logs(rocksdb::FileSystem& files,
                                           const std::string& directory);

// Cuts the torn end off the last log and makes the rest durable: after `kill -9` it may be in the
// page cache only, and recovery shall not build on what a power cut can still take away.
core::Result<void> settle_last_log(rocksdb::FileSystem& files, const Logs& logs);

}  // namespace spillway::journal
