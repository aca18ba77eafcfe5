#include "journal_rocksdb/tuning.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_partitioner.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include <memory>
#include <string>

#include "journal_rocksdb/store_log.hpp"

namespace spillway::journal {
namespace {

constexpr std::size_t kKiB = 1024;
constexpr std::size_t kMiB = 1024 * kKiB;

constexpr std::size_t kBlockCacheBytes = 32 * kMiB;

bool keys_begin_with_sequence(Table table) {
  return table == Table::events || table == Table::bodies || table == Table::deliveries ||
         table == Table::attempts;
}

rocksdb::ColumnFamilyOptions family_options(Table table, const RocksdbOptions& options,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions family;
  rocksdb::BlockBasedTableOptions blocks;
  blocks.block_cache = cache;
  blocks.cache_index_and_filter_blocks = true;  // so that a million pending cannot outgrow it
  blocks.format_version = 5;
  blocks.block_size = 8 * kKiB;

  family.write_buffer_size = 8 * kMiB;
  family.arena_block_size = 64 * kKiB;  // thirteen families, mostly idle
  family.max_write_buffer_number = 4;
  family.target_file_size_base = options.file_bytes_max;
  family.level_compaction_dynamic_level_bytes = true;
  family.max_bytes_for_level_base = 8 * options.file_bytes_max;
  family.max_compaction_bytes = options.compaction_bytes_max;
  family.ignore_max_compaction_bytes_for_input = false;
  family.compression = rocksdb::kLZ4Compression;

  // Stalls come back as refusals, so do not slow down before it is needed.
  family.level0_slowdown_writes_trigger = 40;
  family.level0_stop_writes_trigger = 60;

  switch (table) {
    case Table::bodies:
      family.write_buffer_size = 32 * kMiB;
      family.arena_block_size = 256 * kKiB;
      blocks.block_size = 16 * kKiB;
      break;
    case Table::events:
      family.write_buffer_size = 16 * kMiB;
      blocks.block_size = 16 * kKiB;
      break;
    case Table::ids:
    case Table::dedup:
    case Table::versions:
      // Looked up by keys that mostly are not there; hashes do not compress.
      blocks.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
      family.memtable_whole_key_filtering = true;
      family.memtable_prefix_bloom_size_ratio = 0.02;
      family.compression = rocksdb::kNoCompression;
      break;
    case Table::due:
    case Table::handed:
    case Table::order:
      // Queues: rows are deleted soon after they came, and scans would wade through the graves.
      family.table_properties_collector_factories.push_back(
          rocksdb::NewCompactOnDeletionCollectorFactory(4096, 2048, 0.5));
      break;
    default:
      break;
  }
  if (keys_begin_with_sequence(table)) {
    // The first byte tells live from kept: no file of a compaction holds both, so that files of a
    // retired range can be dropped whole.
    family.sst_partitioner_factory = rocksdb::NewSstPartitionerFixedPrefixFactory(1);
  }
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
  return family;
}

}  // namespace

rocksdb::DBOptions database_options(const RocksdbOptions& options, rocksdb::Env* env) {
  rocksdb::DBOptions database;
  database.env = env;
  database.create_if_missing = true;
  database.create_missing_column_families = true;

  database.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  database.track_and_verify_wals_in_manifest = true;
  database.max_total_wal_size = options.log_bytes_max;
  database.db_write_buffer_size = options.memtable_bytes_max;
  // After a failed write or sync nothing may be assumed: the process reopens, RocksDB must not
  // mend itself behind its back.
  database.max_bgerror_resume_count = 0;

  // One writer, the committer: no atomics in the memtable, no spinning for company.
  database.allow_concurrent_memtable_write = false;
  database.enable_write_thread_adaptive_yield = false;

  database.max_background_jobs = 2;  // one flush, one compaction
  database.allow_fallocate = options.preallocates;
  database.max_open_files = 256;
  database.max_file_opening_threads = 2;         // started anew for each family at each open
  database.skip_stats_update_on_db_open = true;  // reads a block of every file
  database.avoid_unnecessary_blocking_io = true;
  database.bytes_per_sync = kMiB;  // a flush must not build up writes that a log sync waits behind

  database.info_log = std::make_shared<StoreLog>();
  database.stats_dump_period_sec = 0;
  database.stats_persist_period_sec = 0;
  return database;
}

std::vector<rocksdb::ColumnFamilyDescriptor> column_families(const RocksdbOptions& options) {
  rocksdb::LRUCacheOptions cache_options;
  cache_options.capacity = kBlockCacheBytes;
  cache_options.num_shard_bits = 2;
  const std::shared_ptr<rocksdb::Cache> cache = rocksdb::NewLRUCache(cache_options);

  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  families.emplace_back(rocksdb::kDefaultColumnFamilyName,
                        family_options(Table::meta, options, cache));
  for (std::size_t i = 0; i < kTables; ++i) {
    const auto table = static_cast<Table>(i);
    families.emplace_back(std::string(to_string(table)), family_options(table, options, cache));
  }
  return families;
}

}  // namespace spillway::journal
