#include "journal_rocksdb/rocksdb_store.hpp"

#include <fmt/format.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/listener.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "core/log.hpp"
#include "journal_rocksdb/catalogue.hpp"
#include "journal_rocksdb/claims.hpp"
#include "journal_rocksdb/durable_files.hpp"
#include "journal_rocksdb/logs.hpp"
#include "journal_rocksdb/status.hpp"
#include "journal_rocksdb/tuning.hpp"
#include "journal_rocksdb/wal_marks.hpp"

namespace spillway::journal {
namespace {

constexpr std::string_view kLockName = "spillway.lock";

// RocksDB compares the addresses of empty slices with null.
rocksdb::Slice slice(std::string_view bytes) {
  return bytes.data() == nullptr ? rocksdb::Slice() : rocksdb::Slice(bytes.data(), bytes.size());
}
std::string_view text(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

// RocksDB counts every comparison unless each thread that calls it asks it not to: about an eighth
// of the committer's time.
void count_nothing() {
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
}

core::Result<std::optional<std::string>> read_one(rocksdb::DB& database,
                                                  rocksdb::ColumnFamilyHandle* family,
                                                  const rocksdb::Snapshot* snapshot,
                                                  std::string_view key) {
  count_nothing();
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  std::string value;
  const rocksdb::Status status = database.Get(options, family, slice(key), &value);
  if (status.IsNotFound()) {
    return std::nullopt;
  }
  if (!status.ok()) {
    return std::unexpected(to_error(status, "reading a row of " + family->GetName()));
  }
  return value;
}

core::Result<void> read_range(rocksdb::DB& database, rocksdb::ColumnFamilyHandle* family,
                              const rocksdb::Snapshot* snapshot, std::string_view from,
                              std::string_view to, Direction direction,
                              const ScanVisitor& visitor) {
  if (from >= to) {
    return {};
  }
  const rocksdb::Slice lower = slice(from);
  const rocksdb::Slice upper = slice(to);
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  options.iterate_lower_bound = &lower;
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> row(database.NewIterator(options, family));
  if (direction == Direction::forward) {
    for (row->SeekToFirst(); row->Valid() && visitor(text(row->key()), text(row->value()));) {
      row->Next();
    }
  } else {
    for (row->SeekToLast(); row->Valid() && visitor(text(row->key()), text(row->value()));) {
      row->Prev();
    }
  }
  if (!row->status().ok()) {
    return std::unexpected(to_error(row->status(), "scanning " + family->GetName()));
  }
  return {};
}

}  // namespace

class RocksdbStore::Snapshot final : public View {
 public:
  explicit Snapshot(const RocksdbStore& store) : store_(store) {
    ++store_.open_views_;
    snapshot_ = store.db_->GetSnapshot();
  }
  ~Snapshot() override {
    store_.db_->ReleaseSnapshot(snapshot_);
    --store_.open_views_;
  }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  [[nodiscard]] core::Result<std::optional<std::string>> get(Table table,
                                                             std::string_view key) const override {
    return read_one(*store_.db_, store_.family(table), snapshot_, key);
  }

  core::Result<void> scan(Table table, std::string_view from, std::string_view to,
                          Direction direction, const ScanVisitor& visitor) const override {
    return read_range(*store_.db_, store_.family(table), snapshot_, from, to, direction, visitor);
  }

 private:
  const RocksdbStore& store_;
  const rocksdb::Snapshot* snapshot_ = nullptr;
};

// Seals a log when RocksDB goes on to the next one: that is when it seals a memtable, on the thread
// that writes, before the batch at hand goes into the new log. Left to itself RocksDB syncs the old
// log only some time later. A power cut between the two can then keep batches of the new log and
// lose some of the old one: its recovery does not look for a gap between logs.
class RocksdbStore::LogSwitch final : public rocksdb::EventListener {
 public:
  explicit LogSwitch(RocksdbStore& store) : store_(store) {}
  void OnMemTableSealed(const rocksdb::MemTableInfo&) override {
    if (const auto synced = store_.sync(); !synced) {
      // Remembered too: the write at hand returns it.
      core::log(core::LogLevel::error, "journal.log_not_sealed",
                {{"directory", store_.directory_}, {"reason", synced.error().message}});
    }
  }

 private:
  RocksdbStore& store_;
};

core::Result<std::unique_ptr<RocksdbStore>> RocksdbStore::open(const RocksdbOptions& options) {
  std::unique_ptr<RocksdbStore> store(new RocksdbStore(options));
  using Step = core::Result<void> (RocksdbStore::*)();
  for (const Step step :
       {&RocksdbStore::prepare_directory, &RocksdbStore::lock_directory,
        &RocksdbStore::check_contents, &RocksdbStore::settle_logs, &RocksdbStore::open_database}) {
    if (auto done = (*store.*step)(); !done) {
      return std::unexpected(std::move(done).error().in_context("journal in " + store->directory_));
    }
  }
  return store;
}

RocksdbStore::RocksdbStore(const RocksdbOptions& options)
    : options_(options),
      directory_(options.directory.string()),
      env_(options.environment ? options.environment.get() : rocksdb::Env::Default()),
      files_(env_->GetFileSystem()) {}

RocksdbStore::~RocksdbStore() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  if (db_ != nullptr) {
    db_->DisableManualCompaction();  // ends the one under way
  }
  if (compaction_.joinable()) {
    compaction_.join();
  }
  for (rocksdb::ColumnFamilyHandle* handle : families_) {
    db_->DestroyColumnFamilyHandle(handle);
  }
  db_.reset();
  if (lock_ != nullptr) {
    files_->UnlockFile(lock_, rocksdb::IOOptions(), nullptr);
  }
}

core::Result<void> RocksdbStore::prepare_directory() {
  const rocksdb::IOOptions io;
  if (files_->FileExists(directory_, io, nullptr).IsNotFound()) {
    rocksdb::IOStatus status = files_->CreateDir(directory_, io, nullptr);
    // A power cut must not take the new directory with everything in it.
    if (status.ok()) {
      const auto above = std::filesystem::absolute(directory_).parent_path();
      status = sync_directory(*files_, above.string());
    }
    if (!status.ok()) {
      return std::unexpected(to_error(
          status, "cannot be made; make its parent, or let this user write to the parent"));
    }
  }
  if (::access(directory_.c_str(), R_OK | W_OK | X_OK) != 0) {
    return core::fail(core::ErrorCode::io,
                      "the directory cannot be read and written by this user; change its owner");
  }
  return {};
}

// A lock of our own, since RocksDB takes its own only after the logs have been read here.
core::Result<void> RocksdbStore::lock_directory() {
  const auto status = files_->LockFile(fmt::format("{}/{}", directory_, kLockName),
                                       rocksdb::IOOptions(), &lock_, nullptr);
  if (!status.ok()) {
    lock_ = nullptr;
    return std::unexpected(
        to_error(status,
                 "cannot be locked: another process uses it; stop that one, or give each node a "
                 "directory of its own"));
  }
  return {};
}

core::Result<void> RocksdbStore::check_contents() {
  std::vector<std::string> names;
  const auto listed = files_->GetChildren(directory_, rocksdb::IOOptions(), &names, nullptr);
  if (!listed.ok()) {
    return std::unexpected(to_error(listed, "cannot be listed"));
  }
  if (std::ranges::find(names, "CURRENT") == names.end()) {
    // RocksDB would take it for new and start empty.
    const auto holds_data = [](const std::string& name) {
      return name.ends_with(".sst") || name.ends_with(".log");
    };
    if (std::ranges::any_of(names, holds_data)) {
      return core::fail(core::ErrorCode::corrupt,
                        "there are data files but no file CURRENT naming their catalogue; restore "
                        "the directory from a backup, or start with an empty one");
    }
    return {};
  }
  if (auto trimmed = trim_catalogue(*files_, directory_); !trimmed) {
    return trimmed;
  }
  std::vector<std::string> found;
  const auto status = rocksdb::DB::ListColumnFamilies(
      rocksdb::Options(database_options(options_, env_), {}), directory_, &found);
  if (!status.ok()) {
    return std::unexpected(
        to_error(status, "its catalogue cannot be read; restore it from a backup"));
  }
  const auto expected = column_families(options_);
  for (const std::string& name : found) {
    if (std::ranges::find(expected, name, &rocksdb::ColumnFamilyDescriptor::name) ==
        expected.end()) {
      return core::fail(core::ErrorCode::corrupt,
                        fmt::format("it holds a table '{}' that this version does not know: it was "
                                    "written by a newer spillway or by another program; use that "
                                    "one, or another directory",
                                    name));
    }
  }
  return {};
}

core::Result<void> RocksdbStore::settle_logs() {
  const auto logs = read_logs(*files_, directory_);
  if (!logs) {
    return std::unexpected(logs.error());
  }
  // The claim is kept before anything is cut: what is cut may be its only proof.
  const auto claimed = keep_claim(*files_, directory_, logs->claimed_synced);
  if (!claimed) {
    return std::unexpected(claimed.error());
  }
  claimed_synced_ = *claimed;
  return settle_last_log(*files_, *logs);
}

core::Result<void> RocksdbStore::open_database() {
  rocksdb::DBOptions database_settings = database_options(options_, env_);
  database_settings.listeners.push_back(std::make_shared<LogSwitch>(*this));
  rocksdb::DB* database = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(
      database_settings, directory_, column_families(options_), &families_, &database);
  if (!status.ok()) {
    families_.clear();
    return std::unexpected(to_error(status, "cannot be opened"));
  }
  db_.reset(database);
  return {};
}

rocksdb::ColumnFamilyHandle* RocksdbStore::family(Table table) const {
  return families_[static_cast<std::size_t>(table) + 1];
}

core::Result<void> RocksdbStore::remember_failure(core::Error error) {
  if (error.code != core::ErrorCode::unavailable) {
    const std::lock_guard lock(mutex_);
    failure_ = error;
  }
  return std::unexpected(std::move(error));
}

std::optional<core::Error> RocksdbStore::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

core::Result<void> RocksdbStore::write(const WriteBatch& batch, CommitMark mark) {
  count_nothing();
  if (auto failed = failure()) {
    return std::unexpected(*std::move(failed));
  }
  struct Translator {
    const RocksdbStore& store;
    rocksdb::WriteBatch made;
    rocksdb::Status status;
    void put(Table table, std::string_view key, std::string_view value) {
      note(made.Put(store.family(table), slice(key), slice(value)));
    }
    void erase(Table table, std::string_view key) {
      note(made.Delete(store.family(table), slice(key)));
    }
    void erase_range(Table table, std::string_view from, std::string_view to) {
      note(made.DeleteRange(store.family(table), slice(from), slice(to)));
    }
    void note(const rocksdb::Status& added) {
      if (!added.ok()) {
        status = added;
      }
    }
  };
  Translator translator{*this, rocksdb::WriteBatch(batch.byte_size() + 256), {}};
  translator.note(translator.made.PutLogData(frame_mark(mark)));
  batch.visit(translator);
  rocksdb::Status status = translator.status;
  if (status.ok()) {
    rocksdb::WriteOptions options;
    options.no_slowdown = true;
    status = db_->Write(options, &translator.made);
  }
  if (!status.ok()) {
    return remember_failure(to_error(status, "writing to the journal in " + directory_));
  }
  if (auto failed = failure()) {
    return std::unexpected(*std::move(failed));  // of the sync before a switch of logs
  }
  known_synced_ = mark.synced;
  return {};
}

core::Result<void> RocksdbStore::sync() {
  if (auto failed = failure()) {
    return std::unexpected(*std::move(failed));
  }
  const rocksdb::Status status = db_->SyncWAL();
  if (!status.ok()) {
    return remember_failure(to_error(status, "syncing the journal in " + directory_));
  }
  return {};
}

core::Result<std::optional<std::string>> RocksdbStore::get(Table table,
                                                           std::string_view key) const {
  return read_one(*db_, family(table), nullptr, key);
}

core::Result<void> RocksdbStore::scan(Table table, std::string_view from, std::string_view to,
                                      Direction direction, const ScanVisitor& visitor) const {
  return read_range(*db_, family(table), nullptr, from, to, direction, visitor);
}

std::unique_ptr<View> RocksdbStore::view() const {
  return std::make_unique<Snapshot>(*this);
}

core::Result<void> RocksdbStore::checkpoint(const std::string& directory) {
  if (auto failed = failure()) {
    return std::unexpected(*std::move(failed));
  }
  const std::uint64_t synced = known_synced_;
  rocksdb::Checkpoint* made = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(db_.get(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (status.ok()) {
    status = checkpoint->CreateCheckpoint(directory);
  }
  if (!status.ok()) {
    return std::unexpected(to_error(status, "making a checkpoint in " + directory));
  }
  if (auto failed = failure()) {
    return std::unexpected(*std::move(failed));  // of the sync when its logs were switched
  }
  const auto claimed = keep_claim(*files_, directory, std::max(claimed_synced_, synced));
  return claimed ? core::Result<void>() : std::unexpected(claimed.error());
}

std::uint64_t RocksdbStore::disk_bytes() const {
  std::vector<rocksdb::FileAttributes> found;
  const auto status =
      files_->GetChildrenFileAttributes(directory_, rocksdb::IOOptions(), &found, nullptr);
  if (!status.ok()) {
    core::log(core::LogLevel::error, "journal.directory_unreadable",
              {{"directory", directory_}, {"reason", status.ToString()}});
  }
  std::uint64_t bytes = 0;
  for (const rocksdb::FileAttributes& file : found) {
    bytes += file.size_bytes;
  }
  return bytes;
}

std::uint64_t RocksdbStore::rewrite_bytes() const {
  // Bodies are most of what there is; the rest is within any reserve.
  std::uint64_t bytes = 0;
  db_->GetIntProperty(family(Table::bodies),
                      rocksdb::DB::Properties::kEstimatePendingCompactionBytes, &bytes);
  return bytes;
}

void RocksdbStore::reclaim(Table table, std::string_view from, std::string_view to) {
  to_reclaim_.push_back({table, std::string(from), std::string(to)});
  if (open_views_ == 0) {
    // Files must not go while a power cut can still bring back what needs them.
    if (!sync()) {
      return;  // remembered: the next write fails
    }
    for (const Range& range : std::exchange(to_reclaim_, {})) {
      drop_files(range);
      compact_soon(range);
    }
  }
}

void RocksdbStore::drop_files(const Range& range) {
  const rocksdb::Slice lower = slice(range.from);
  const rocksdb::Slice upper = slice(range.to);
  const rocksdb::RangePtr whole(&lower, &upper);
  const rocksdb::Status status =
      rocksdb::DeleteFilesInRanges(db_.get(), family(range.table), &whole, 1, false);
  if (!status.ok()) {
    core::log(core::LogLevel::warn, "journal.reclaim_failed",
              {{"table", to_string(range.table)}, {"reason", status.ToString()}});
  }
}

// Files of level 0 and those that reach over an end of the range are not dropped, and nothing but
// new rows would bring RocksDB to rewrite them: a full disk that takes none would stay full.
void RocksdbStore::compact_soon(const Range& range) {
  const std::lock_guard lock(mutex_);
  if (const auto [known, added] = to_compact_.try_emplace(range.table, range); !added) {
    known->second.from = std::min(known->second.from, range.from);
    known->second.to = std::max(known->second.to, range.to);
  }
  if (!std::exchange(compacting_, true)) {
    if (compaction_.joinable()) {
      compaction_.join();  // it has seen that nothing was left
    }
    compaction_ = std::thread([this] { compact_ranges(); });
  }
}

void RocksdbStore::compact_ranges() {
  while (const auto range = next_to_compact()) {
    const rocksdb::Slice lower = slice(range->from);
    const rocksdb::Slice upper = slice(range->to);
    rocksdb::CompactRangeOptions options;
    options.exclusive_manual_compaction = false;
    const rocksdb::Status status = db_->CompactRange(options, family(range->table), &lower, &upper);
    if (!status.ok() && !status.IsIncomplete()) {  // incomplete: the store is closing
      core::log(core::LogLevel::warn, "journal.reclaim_failed",
                {{"table", to_string(range->table)}, {"reason", status.ToString()}});
    }
  }
}

// The last look ends the job under the same lock, so that no range is left behind.
std::optional<RocksdbStore::Range> RocksdbStore::next_to_compact() {
  const std::lock_guard lock(mutex_);
  if (closing_ || to_compact_.empty()) {
    compacting_ = false;
    return std::nullopt;
  }
  return std::move(to_compact_.extract(to_compact_.begin()).mapped());
}

}  // namespace spillway::journal
