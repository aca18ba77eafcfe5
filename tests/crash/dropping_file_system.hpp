// A file system that can lose power. It works on real files in one directory, remembers what was
// never synced, and on crash() leaves what a disk may be found with: unsynced bytes dropped, torn,
// zeroed by sectors or turned to garbage, and the last unsynced directory changes (files made,
// renamed, deleted) undone. What was synced is never touched, unless it is told to lie.
//
// The model: bytes are safe once their file was synced; names are safe once the directory was
// synced; unsynced directory changes survive as a prefix, as a journaling file system keeps them.
#pragma once

#include <rocksdb/file_system.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/random.hpp"

namespace spillway::journal {

class DroppingFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  // `trash` must be on the same disk: deleted and replaced files wait there, in case their
  // deletion is undone.
  explicit DroppingFileSystem(std::filesystem::path trash);

  // The power fails at this many changes (writes, syncs, names) from now. What is changed later
  // seems to succeed and leaves no trace: nobody is there to see it.
  void lose_power_after(std::uint64_t changes);
  [[nodiscard]] bool power_is_off();

  // The power fails for the process alone, as with `kill -9`: what was written before stays, synced
  // or not, and a later crash() may still take it away.
  void restore_power();

  // Makes the files what is left after a power cut, and turns the power on again. Nothing may have
  // them open.
  void crash(core::Random& random);

  // From now on a sync of a log returns success and does nothing: the bug the tests must see.
  void lie_about_log_syncs();

  // How many logs hold bytes that were never synced.
  [[nodiscard]] std::size_t unsynced_logs();

  const char* Name() const override { return "DroppingFileSystem"; }
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                       std::unique_ptr<rocksdb::FSWritableFile>* result,
                                       rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* result,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  struct Content {
    std::uint64_t size = 0;
    std::uint64_t synced = 0;
  };
  // One change of the directory that is not yet safe, with what is needed to undo it.
  struct NameChange {
    std::string from;   // empty: the file was made
    std::string to;     // empty: the file was deleted
    std::string saved;  // where the file that `to` or `from` named waits
    std::shared_ptr<Content> saved_content;
  };
  class File;
  class Directory;

  // The next two expect the mutex to be held. Whether the next change still happens.
  bool spend_change();
  void save(const std::string& path, NameChange& change);

  bool append(Content& content, std::uint64_t bytes);
  bool truncate(Content& content, std::uint64_t size);
  void sync(Content& content, const std::string& path);
  void sync_directory();
  void undo(const NameChange& change);
  static void damage(const std::string& path, const Content& content, core::Random& random);

  const std::filesystem::path trash_;
  std::mutex mutex_;  // RocksDB calls from its background threads too
  std::map<std::string, std::shared_ptr<Content>> files_;
  std::vector<NameChange> unsynced_names_;
  std::uint64_t changes_left_ = UINT64_MAX;
  std::uint64_t saved_files_ = 0;
  bool lies_ = false;
};

}  // namespace spillway::journal
