// How RocksDB is set up: every number that trades memory, disk and CPU stands in tuning.cpp, with
// its reason. Used once, when the store is opened.
#pragma once

#include <rocksdb/db.h>

#include <vector>

#include "journal_rocksdb/rocksdb_store.hpp"

namespace spillway::journal {

[[nodiscard]] rocksdb::DBOptions database_options(const RocksdbOptions& options, rocksdb::Env* env);

// RocksDB's own default family, unused, then one family per table in the order of Table.
[[nodiscard]] std::vector<rocksdb::ColumnFamilyDescriptor> column_families(
    const RocksdbOptions& options);

}  // namespace spillway::journal
