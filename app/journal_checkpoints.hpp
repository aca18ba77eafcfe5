// Checkpoints of a running node's journal, in `checkpoint` of its data directory: on the journal's
// own disk, so that they cost links instead of copies. None outlives the process that made it, for
// what it keeps on the disk is in nobody's budget. Made by Node.
#pragma once

#include <filesystem>
#include <string>

#include "admin/checkpoints.hpp"
#include "core/clock.hpp"
#include "core/metrics.hpp"
#include "journal_rocksdb/rocksdb_store.hpp"

namespace spillway::app {

class JournalCheckpoints final : public admin::Checkpoints {
 public:
  // Takes away what an earlier process left.
  JournalCheckpoints(journal::RocksdbStore& store, const core::Clock& clock,
                     core::Registry& registry, const std::filesystem::path& data_dir);

  core::Result<admin::Checkpoint> make(bool replace) override;
  core::Result<bool> remove(const std::string& name) override;

 private:
  [[nodiscard]] bool stands() const;
  core::Result<void> remove_all();

  journal::RocksdbStore& store_;
  const core::Clock& clock_;
  const std::filesystem::path directory_;  // absolute; holds the one that stands, by its name
  core::Gauge& made_at_;
};

}  // namespace spillway::app
