// Checkpoints of a running node's journal, in `checkpoint` of its data directory: on the journal's
// own disk, so that they cost links instead of copies. Made by Node; one thread at a time.
#pragma once

#include <filesystem>

#include "admin/checkpoints.hpp"
#include "journal_rocksdb/rocksdb_store.hpp"

namespace spillway::app {

class JournalCheckpoints final : public admin::Checkpoints {
 public:
  JournalCheckpoints(journal::RocksdbStore& store, const std::filesystem::path& data_dir);

  core::Result<admin::Checkpoint> make(bool replace) override;
  core::Result<bool> remove() override;

 private:
  journal::RocksdbStore& store_;
  const std::filesystem::path directory_;  // absolute
};

}  // namespace spillway::app
