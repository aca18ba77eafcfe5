// The port through which a node takes part in the group of workers that read the retry topics, and
// writes what came of what it read: next hops, dead letters, fates and offsets, in one transaction
// (docs/correctness.md 25). KafkaRetryLog (retry_kafka) is the production one. Used on the worker's
// executor, which its calls may block for as long as the log's deadlines allow.
#pragma once

#include "core/error.hpp"
#include "retry/spool_message.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace spillway::retry {

// Up to where a partition is done: everything below the offset, and what the text says of those
// above (partition_window.hpp).
struct RetryPosition {
  TopicPartition partition;
  std::int64_t offset = 0;
  std::string done_above;
};

struct RetryTransaction {
  std::vector<OutgoingMessage> messages;
  std::vector<RetryPosition> positions;
};

// What a poll brought. Called from within poll() and commit(), in the order of the log's news.
class RetryLogEvents {
 public:
  virtual ~RetryLogEvents() = default;

  // These are read here from now on, from their committed positions (offset 0 where there is none).
  virtual void assigned(const std::vector<RetryPosition>& positions) = 0;
  // These are about to be read elsewhere: the last moment to commit() what is done of them.
  virtual void revoking(const std::vector<TopicPartition>& partitions) = 0;
  // These are read elsewhere already, or by nobody: what is not committed was not done.
  virtual void lost(const std::vector<TopicPartition>& partitions) = 0;
  // The next one of an assigned partition.
  virtual void received(StoredMessage message) = 0;
};

class RetryLog {
 public:
  virtual ~RetryLog() = default;

  // Takes what has come, up to `messages_max`, without waiting for more. An error is why nothing
  // comes at the moment (`unavailable`); it is to be called again all the same.
  virtual core::Result<void> poll(RetryLogEvents& events, std::size_t messages_max) = 0;

  // Nothing more of this assigned partition until resume(); it stays so through assignments.
  virtual void pause(const TopicPartition& partition) = 0;
  virtual void resume(const TopicPartition& partition) = 0;

  // All of it or nothing. `unavailable`, `timeout`: it did not happen, and may be tried again;
  // `conflict`: another one has taken this worker's place, everything assigned was lost, and
  // polling joins the group anew.
  virtual core::Result<void> commit(RetryLogEvents& events,
                                    const RetryTransaction& transaction) = 0;

  // Leaves the group. Nothing may be called after it.
  virtual void close(RetryLogEvents& events) = 0;
};

}  // namespace spillway::retry
