// RocksdbStore: the Store of a node, one RocksDB with a column family per table. Thin: batches,
// scans and errors are translated here, tuning stands in tuning.cpp, and the logs
// are checked in logs.cpp. Owned by app; write() and sync() by the committer, the rest from any
// thread.
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "journal/store.hpp"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
class Env;
class FileLock;
class FileSystem;
}  // namespace rocksdb

namespace spillway::journal {

struct RocksdbOptions {
  std::filesystem::path directory;  // made if missing; its parent must exist
  // Files, clock and threads; empty: the machine's. Tests hand in one that loses power.
  std::shared_ptr<rocksdb::Env> environment = nullptr;
  std::size_t memtable_bytes_max = std::size_t{64} << 20;
  // A start replays all of the log, so this bounds its time.
  std::size_t log_bytes_max = std::size_t{128} << 20;
  // The grain in which space comes back, and in which levels are measured.
  std::size_t file_bytes_max = std::size_t{32} << 20;
  bool preallocates = true;  // space for what a file may come to hold
  // What a compaction reads stands beside what it writes until it ends.
  std::size_t compaction_bytes_max = std::size_t{800} << 20;
};

class RocksdbStore final : public Store {
 public:
  // Replays the log, so it may take seconds. Fails with a message for the operator when the
  // directory is not writable, in use, damaged or not a journal of this version.
  [[nodiscard]] static core::Result<std::unique_ptr<RocksdbStore>> open(
      const RocksdbOptions& options);
  ~RocksdbStore() override;
  RocksdbStore(const RocksdbStore&) = delete;
  RocksdbStore& operator=(const RocksdbStore&) = delete;

  // After any error but `unavailable` both keep returning that error: what is on disk is unknown
  // until the store has been opened again.
  core::Result<void> write(const WriteBatch& batch, CommitMark mark) override;
  core::Result<void> sync() override;

  [[nodiscard]] core::Result<std::optional<std::string>> get(Table table,
                                                             std::string_view key) const override;
  core::Result<void> scan(Table table, std::string_view from, std::string_view to,
                          Direction direction, const ScanVisitor& visitor) const override;
  [[nodiscard]] std::unique_ptr<View> view() const override;

  // Lists the directory: some microseconds for each file.
  [[nodiscard]] std::uint64_t disk_bytes() const override;
  [[nodiscard]] std::uint64_t rewrite_bytes() const override;

  // Drops whole files and compacts the rest in the background. Files are dropped under the feet of
  // views, so it waits for a call at which none is open; a view made later sees the range erased
  // anyway.
  void reclaim(Table table, std::string_view from, std::string_view to) override;

  [[nodiscard]] std::uint64_t claimed_synced() const override { return claimed_synced_; }

  // Makes that directory, whose parent must exist, a store of its own that holds all that was
  // synced before the call, and perhaps some of what is written meanwhile. Files that do not change
  // any more are linked, not copied, where both are on one file system. It claims what was synced,
  // as logs do. Takes seconds; any thread.
  core::Result<void> checkpoint(const std::string& directory);

 private:
  class LogSwitch;
  class Snapshot;
  struct Range {
    Table table;
    std::string from;
    std::string to;
  };

  explicit RocksdbStore(const RocksdbOptions& options);
  // The steps of open(), in order; the destructor undoes those taken.
  core::Result<void> prepare_directory();
  core::Result<void> lock_directory();
  core::Result<void> check_contents();
  core::Result<void> settle_logs();
  core::Result<void> open_database();

  [[nodiscard]] rocksdb::ColumnFamilyHandle* family(Table table) const;
  core::Result<void> remember_failure(core::Error error);
  [[nodiscard]] std::optional<core::Error> failure() const;
  void drop_files(const Range& range);
  // Rewrites what is left of dropped ranges, on the store's own thread.
  void compact_soon(const Range& range);
  void compact_ranges();
  [[nodiscard]] std::optional<Range> next_to_compact();

  const RocksdbOptions options_;
  const std::string directory_;
  rocksdb::Env* const env_;
  const std::shared_ptr<rocksdb::FileSystem> files_;
  rocksdb::FileLock* lock_ = nullptr;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;  // RocksDB's own default, then one per table
  std::uint64_t claimed_synced_ = 0;
  std::atomic<std::uint64_t> known_synced_{0};  // the highest commit of which a batch said so
  mutable std::mutex mutex_;                    // RocksDB switches logs on its own threads too
  std::optional<core::Error> failure_;
  std::map<Table, Range> to_compact_;
  bool closing_ = false;
  bool compacting_ = false;
  std::thread compaction_;
  std::vector<Range> to_reclaim_;  // the committer's
  mutable std::atomic<std::size_t> open_views_{0};
};

}  // namespace spillway::journal
