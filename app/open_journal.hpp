// Opens the journal of a node that is about to run: its disk first, then the store, then what it
// says of itself. Used by Node.
#pragma once

#include <memory>

#include "config/config.hpp"
#include "core/error.hpp"
#include "core/random.hpp"
#include "journal/writer.hpp"
#include "journal_rocksdb/rocksdb_store.hpp"

namespace spillway::app {

struct OpenedJournal {
  std::unique_ptr<journal::RocksdbStore> store;
  std::unique_ptr<journal::Writer> writer;  // refers to the store
  bool drain_only = false;                  // no room for a ballast: accept nothing until there is
};

// Replays the log, so it may take seconds. `accept_loss`: also when acknowledged data is missing.
core::Result<OpenedJournal> open_journal(const config::Config& config, bool accept_loss,
                                         core::Random& random);

}  // namespace spillway::app
