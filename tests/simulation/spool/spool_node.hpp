// SpoolNode: one of several nodes that share a log, as a succession of lives over one store: the
// real journal, engine and spool on virtual executors. A crash loses what was not synced. One
// thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/byte_budget.hpp"
#include "core/metrics.hpp"
#include "delivery/dispatcher.hpp"
#include "delivery/engine.hpp"
#include "delivery/journal_backlog.hpp"
#include "delivery/probe.hpp"
#include "journal/accept.hpp"
#include "journal/memory_store.hpp"
#include "journal/writer.hpp"
#include "retry/adopter.hpp"
#include "retry/control_reader.hpp"
#include "retry/control_state.hpp"
#include "retry/custody_recovery.hpp"
#include "retry/hand_over_desk.hpp"
#include "retry/lane_attempts.hpp"
#include "retry/lease.hpp"
#include "retry/lease_keeper.hpp"
#include "retry/ledger_books.hpp"
#include "retry/ledger_reader.hpp"
#include "retry/node_table.hpp"
#include "retry/notice_sender.hpp"
#include "retry/replica_probe.hpp"
#include "retry/replication_sweep.hpp"
#include "retry/replicator.hpp"
#include "retry/retry_worker.hpp"
#include "tests/simulation/sim_committer.hpp"
#include "tests/simulation/sim_executor.hpp"
#include "tests/simulation/spool/spool_world.hpp"

namespace spillway::simulation {

class SpoolNode {
 public:
  // `index` tells its owners of tasks from those of other nodes.
  SpoolNode(SpoolWorld& world, std::uint32_t index);
  ~SpoolNode();
  SpoolNode(const SpoolNode&) = delete;
  SpoolNode& operator=(const SpoolNode&) = delete;

  void start();
  void crash();
  // A crash, after which it starts only when told; stopped and continued.
  [[nodiscard]] bool is_gone() const { return life_ == nullptr; }
  void freeze();
  void thaw();
  // Its worker counts as gone, and does not know.
  void fence();

  // One event is accepted here, with copies or without; or one that was is to be erased.
  void accept();
  void erase(const core::EventId& event);

  [[nodiscard]] bool must_stop() const { return !life_ || failing_; }
  [[nodiscard]] const journal::MemoryStore& store() const { return store_; }
  [[nodiscard]] std::uint16_t tag() const { return tag_; }

 private:
  struct Life;
  class Sender;
  class Writer;

  void put_in_order(Life& life);
  void accepted(Life& life, const core::EventPtr& event, journal::AcceptedEvent accepted);

  SpoolWorld* world_;
  std::uint32_t index_;
  std::uint32_t lives_ = 0;
  std::uint16_t tag_ = 0;
  journal::MemoryStore store_;
  bool failing_ = false;
  std::unique_ptr<Life> life_;
};

}  // namespace spillway::simulation
