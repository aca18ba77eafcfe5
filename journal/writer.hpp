// Writer: the journal's decisions. Turns a list of commands into one atomic batch for the store,
// and knows in memory what that takes. No thread and no clock of its own: the committer drives it
// in production, the simulation on virtual time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/random.hpp"
#include "journal/command.hpp"
#include "journal/hasher.hpp"
#include "journal/stage.hpp"
#include "journal/store.hpp"

namespace spillway::journal {

struct OpenOptions {
  // Start although acknowledged data is missing after a crash (`--accept-loss`).
  bool accept_loss = false;
  // There may be other nodes, which are to hear what concerns them.
  bool has_peers = false;
};

class Writer {
 public:
  // Reads the journal's own state, or founds it in an empty store (synced). Refuses a newer
  // format, a damaged state, and a store that lost what it had acknowledged. The store outlives
  // the writer.
  static core::Result<std::unique_ptr<Writer>> open(Store& store, const OpenOptions& options,
                                                    core::Random& random);

  // A command with what came of staging it: an error concerns that command alone.
  struct Staged {
    std::unique_ptr<Command> command;
    core::Result<void> outcome;
  };

  // Stages all commands and writes what they changed as one batch; nothing is synced yet.
  // ErrorCode::unavailable: the store is stalled, nothing happened, try again. Any other error:
  // the journal is unusable and the process must stop.
  core::Result<void> write(std::vector<Staged>& commands, core::Time now);

  // Makes everything written durable. An error means: stop the process, answer nothing.
  core::Result<void> sync();
  [[nodiscard]] bool has_unsynced() const { return synced_commit_ < state_.commit.commit; }
  [[nodiscard]] Sequence next_sequence() const { return state_.commit.next_sequence; }

  // --- any thread ---
  [[nodiscard]] const Hasher& hasher() const { return hasher_; }
  [[nodiscard]] std::uint16_t node_tag() const { return node_.tag; }
  // The number of the last batch that reads of the store can see.
  [[nodiscard]] std::uint64_t committed() const {
    return committed_.load(std::memory_order_acquire);
  }
  // Events below it are durable; a crash may take back those from it on.
  [[nodiscard]] Sequence durable_below() const {
    return durable_below_.load(std::memory_order_acquire);
  }
  // Sequences below it are read in the kept region.
  [[nodiscard]] Sequence retired_below() const {
    return retired_below_.load(std::memory_order_acquire);
  }
  [[nodiscard]] Books::Totals totals() const { return state_.books.totals(); }
  [[nodiscard]] Counts stored() const { return state_.books.stored(); }

 private:
  Writer(Store& store, NodeRecord node);

  // Stages every command that has not failed; one that fails is marked and left out.
  Stage stage_all(std::vector<Staged>& commands, core::Time now);
  core::Result<void> load(bool accept_loss);
  // Continues behind lost commits up to this one: were their numbers used again, the store would
  // claim at each start that they are missing.
  core::Result<void> pass_over(std::uint64_t commit);
  core::Result<void> load_names();
  void adopt(Stage& stage, const Books::Accounts& accounts);

  Store* store_;
  NodeRecord node_;
  Hasher hasher_;
  WriterState state_;
  std::uint64_t synced_commit_ = 0;
  std::atomic<std::uint64_t> committed_{0};
  std::atomic<Sequence> durable_below_{1};
  std::atomic<Sequence> retired_below_{1};
};

}  // namespace spillway::journal
