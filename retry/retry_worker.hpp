// The worker: takes spooled deliveries out of the retry topics when they are due, has them
// attempted by this node's lanes, and writes what came of them in one transaction with the
// positions (docs/correctness.md 22 to 26). Every node has one; the log shares the partitions out
// between them. Everything runs on its executor, which the log may block; made and stopped by app.
//
// A record is ready when its topic's delay is over. Then it is attempted; or it hops, to wait on in
// the topic for the wait that is left; or it waits here, when less than the shortest delay is left.
// Whatever ends a record, its messages and its offset lie in one transaction. Of a partition that
// is read elsewhere by now nothing is written any more: what came of an attempt for it is dropped,
// and counted.
#pragma once

#include "core/clock.hpp"
#include "core/executor.hpp"
#include "retry/attempts.hpp"
#include "retry/control_state.hpp"
#include "retry/partition_window.hpp"
#include "retry/poll_pace.hpp"
#include "retry/retry_log.hpp"
#include "retry/retry_probe.hpp"
#include "retry/spool_partition.hpp"
#include "retry/topics.hpp"
#include "retry/worker_messages.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace spillway::retry {

struct RetryWorkerOptions {
  std::string node;
  std::int32_t ledger_partitions = 12;
  // Of each partition.
  std::int64_t offsets_max = PartitionWindow::kOffsetsMax;
  // In memory, of all partitions together. Each partition may have one more, because how long it
  // has to wait stands in the record itself.
  std::size_t records_max = 1000;
  std::size_t bytes_max = std::size_t{32} << 20;
};

// All outlive the worker, and the worker outlives each callback of `attempts`.
struct RetryWorkerParts {
  core::Executor& executor;
  const core::Clock& clock;
  RetryLog& log;
  Attempts& attempts;
  const ControlState& control;
  RetryProbe& probe;
  Topics topics;
  RetryWorkerOptions options;
};

class RetryWorker final : public RetryLogEvents {
 public:
  static constexpr std::size_t kMessagesMax = 200;  // of one poll
  // Of a partition so many are read before they are ready, and none that is not ready for so long.
  static constexpr std::size_t kEarlyMax = 100;
  static constexpr core::Duration kEarlyFor = std::chrono::seconds(2);
  // Between the beginnings of two transactions; after one that did not happen.
  static constexpr core::Duration kTransactionPause = std::chrono::milliseconds(200);
  static constexpr core::Duration kSecondTry = std::chrono::seconds(1);
  // So much is to be written at most before more is begun, so that a transaction ends in its time.
  static constexpr std::size_t kTransactionBytes = std::size_t{4} << 20;
  // One destination may take this part of a partition's window, and of the memory.
  static constexpr std::size_t kShares = 4;

  explicit RetryWorker(RetryWorkerParts parts);
  RetryWorker(const RetryWorker&) = delete;
  RetryWorker& operator=(const RetryWorker&) = delete;

  // On the executor, once, as stop().
  void start();

  // Begins no attempt any more. When those under way have ended and that is written, or at the
  // deadline after a last try to write it, leaves the group and calls back on the executor.
  // Callbacks of attempts that were cut off may still come.
  void stop(core::Time deadline, core::Task done);

  // What the log tells.
  void assigned(const std::vector<RetryPosition>& positions) override;
  void revoking(const std::vector<TopicPartition>& partitions) override;
  void lost(const std::vector<TopicPartition>& partitions) override;
  void received(StoredMessage message) override;

 private:
  // Of a partition; another one each time it is assigned.
  using Assignment = std::uint64_t;

  // When it is whose turn.
  struct Turn {
    core::Time at;
    Assignment assignment = 0;
    std::int64_t offset = 0;

    auto operator<=>(const Turn&) const = default;
  };

  // What is to be written about a record.
  struct Result {
    Assignment assignment = 0;
    std::vector<OutgoingMessage> messages{};
    std::size_t bytes = 0;
    std::size_t records = 0;  // that are done with it, one or none
    bool may_repeat = false;  // if it is not written, after an attempt that may have arrived
  };

  // A record in its place.
  struct Place {
    Assignment assignment = 0;
    SpoolPartition* partition = nullptr;
    std::map<std::int64_t, SpoolItem>::iterator item;
  };

  // Whether the log answered what was asked of it last.
  struct Link {
    const char* what;
    bool answered;
  };

  void tick();
  void leave_if_ended();
  void leave();

  // Nothing, when the partition is not read here any more.
  [[nodiscard]] std::optional<Place> find(Assignment assignment, std::int64_t offset);
  void take_turns();
  void take_turn(const Place& place);
  // Counts the record for its destination, unless that has its share already.
  [[nodiscard]] bool take_share(const Place& place);
  void attempt(const Place& place);
  // Its record knows of the pauses up to now.
  void count_pauses(const Place& place);
  void visited(Assignment assignment, std::int64_t offset, const VisitOutcome& outcome);
  // There was no attempt, and is to be none now.
  void put_off(const Place& place, const VisitOutcome& outcome);
  void attempted(const Place& place, const VisitOutcome& outcome);
  [[nodiscard]] bool is_void(const SpoolRecord& record) const;

  // The record goes on to wait so long elsewhere; or there is no copy of it any more.
  void hop(const Place& place, core::Duration wait, Result result);
  void finish(const Place& place, Result result);
  // Both: it is done here.
  void done(const Place& place, Result result);
  void ended(SpoolPartition& partition, Result result);
  void note(Result result);

  // Writes all that has ended, or keeps it for the next try.
  void commit();
  [[nodiscard]] RetryTransaction transaction_of(std::vector<Result>& results) const;
  void not_committed(std::vector<Result> results, RetryTransaction transaction,
                     const core::Error& error);
  void release(const Result& result);
  void drop(const Result& result);
  static void note_answer(Link& link, const core::Result<void>& answer);

  void forget(const TopicPartition& partition);
  void forget_all();
  // Reads on where there is room, and only there.
  void regulate();
  void regulate(SpoolPartition& partition);
  [[nodiscard]] bool has_enough(const SpoolPartition& partition) const;

  RetryWorkerParts parts_;
  WorkerMessages messages_;
  std::map<Assignment, SpoolPartition> partitions_;
  std::map<TopicPartition, Assignment> assignments_;
  Assignment last_assignment_ = 0;
  std::set<Turn> turns_;
  std::map<std::string, std::size_t, std::less<>> taken_;  // by destination, of all partitions
  std::size_t result_bytes_ = 0;
  std::vector<Result> results_;  // in the order in which they came, as they are to be written
  // Read, and not yet written as done.
  std::size_t records_ = 0;
  std::size_t bytes_ = 0;
  std::size_t open_ = 0;      // not done
  std::size_t attempts_ = 0;  // under way, also of what is read elsewhere by now

  PollPace pace_;
  Link polls_{"poll", true};
  Link commits_{"commit", true};
  core::Time next_commit_;
  bool committing_ = false;
  core::TimerId timer_ = 0;

  bool stopping_ = false;
  core::TimerId stop_timer_ = 0;
  core::Task stopped_;
};

}  // namespace spillway::retry
