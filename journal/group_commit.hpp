// Group commit: gathers commands into batches, one write and at most one sync each, and decides
// when outcomes that nobody waits for must be synced. Plain logic; Committer gives it a thread, the
// simulation calls it step by step.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "journal/command.hpp"
#include "journal/writer.hpp"

namespace spillway::journal {

class GroupCommit {
 public:
  // Outcomes are durable at the latest this long after they were written (docs/correctness.md 5).
  static constexpr core::Duration kSyncDelay = std::chrono::milliseconds(50);

  // A batch ends behind the command that brings it to as many bytes of bodies: the store writes it
  // in one piece, so it bounds the store's smallest files (docs/correctness.md 13).
  static constexpr std::size_t kBatchBodyBytes = std::size_t{4} << 20;

  explicit GroupCommit(Writer& writer) : writer_(&writer) {}
  GroupCommit(const GroupCommit&) = delete;
  GroupCommit& operator=(const GroupCommit&) = delete;

  enum class Written { yes, stalled };

  // Stages and writes the commands together with those left over from a stall. Commands that ask
  // for no more are answered. An error is final: stop the process.
  core::Result<Written> write(std::vector<std::unique_ptr<Command>> commands, core::Time now);

  // After a stall that lasted too long: the sheddable commands are refused, the rest stays.
  void shed();

  // Stopping in a stall: nothing of what is left gets written, and all of it is told so.
  void abandon();

  // Must sync() be called now?
  [[nodiscard]] bool sync_wanted(core::Time now) const;
  // When it must be called at the latest, if nothing else comes.
  [[nodiscard]] std::optional<core::Time> sync_due() const { return sync_due_; }

  // Makes everything written durable and answers the commands that waited for it. An error is
  // final, and nobody is answered.
  core::Result<void> sync();

 private:
  // The longest beginning of the queue that may share a batch.
  std::vector<Writer::Staged> take_batch();
  void written(std::vector<Writer::Staged> batch, core::Time now);
  void answer(std::vector<Writer::Staged> commands);
  void refuse(std::deque<Writer::Staged> commands);

  Writer* writer_;
  std::deque<Writer::Staged> queue_;  // not written yet; stays across a stall
  std::vector<Writer::Staged> awaiting_sync_;
  std::optional<core::Time> sync_due_;
};

}  // namespace spillway::journal
