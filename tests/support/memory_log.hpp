// A log in memory for tests of what is around one: topics with partitions, transactions that appear
// whole or not at all and leave gaps in the offsets, and one group of workers between which the
// partitions of the retry topics are shared out. A member finds out when it polls or commits, as
// with Kafka: it gives up what it is to lose, and only then another one gets it; one that was
// fenced has lost all of it before it knows. One thread.
#pragma once

#include "core/clock.hpp"
#include "retry/retry_log.hpp"
#include "retry/topic_reader.hpp"
#include "retry/topics.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace spillway::support {

class MemoryRetryLog;

class MemoryLog {
 public:
  // Every topic has so many partitions.
  MemoryLog(const core::Clock& clock, retry::Topics topics, std::int32_t partitions);

  void append(const retry::OutgoingMessage& message);

  [[nodiscard]] const std::vector<retry::StoredMessage>& messages(
      const retry::TopicPartition& partition) const;
  // Of all partitions of the topic.
  [[nodiscard]] std::vector<retry::StoredMessage> messages(const std::string& topic) const;
  [[nodiscard]] const std::vector<retry::TopicPartition>& shared() const { return shared_; }
  // Up to where the group says to be done.
  [[nodiscard]] retry::RetryPosition position(const retry::TopicPartition& partition) const;

  // Who is to read what, of the members there are.
  using Share = std::function<std::size_t(const retry::TopicPartition&, std::size_t members)>;
  void rebalance(const Share& share);
  // The member counts as gone, and does not know.
  void fence(MemoryRetryLog& member);

  [[nodiscard]] std::size_t transactions() const { return transactions_; }
  // Positions that were committed by who does not read the partition: always 0.
  [[nodiscard]] std::size_t foreign_positions() const { return foreign_positions_; }

 private:
  friend class MemoryRetryLog;

  struct Partition {
    std::vector<retry::StoredMessage> messages;
    std::int64_t end = 0;
  };

  void join(MemoryRetryLog& member);
  void leave(MemoryRetryLog& member);
  void apply(MemoryRetryLog& member, const retry::RetryTransaction& transaction);
  std::int32_t append_one(const retry::OutgoingMessage& message);

  const core::Clock* clock_;
  std::int32_t partitions_;
  std::vector<retry::TopicPartition> shared_;  // the partitions of the retry topics
  std::map<retry::TopicPartition, Partition> stored_;
  std::map<retry::TopicPartition, retry::RetryPosition> positions_;
  std::vector<MemoryRetryLog*> members_;
  std::map<retry::TopicPartition, MemoryRetryLog*> target_;
  std::map<retry::TopicPartition, MemoryRetryLog*> owner_;
  std::size_t transactions_ = 0;
  std::size_t foreign_positions_ = 0;
};

// One member of the group.
class MemoryRetryLog final : public retry::RetryLog {
 public:
  explicit MemoryRetryLog(MemoryLog& log) : log_(&log) { log_->join(*this); }
  ~MemoryRetryLog() override { log_->leave(*this); }
  MemoryRetryLog(const MemoryRetryLog&) = delete;
  MemoryRetryLog& operator=(const MemoryRetryLog&) = delete;

  // What the next call comes to, until changed; asked before each.
  std::function<core::Result<void>()> on_poll = [] { return core::Result<void>(); };
  std::function<core::Result<void>()> on_commit = [] { return core::Result<void>(); };

  // Whether a commit brings news of the group as well, after what came of it.
  bool news_in_commit = false;

  [[nodiscard]] std::size_t polls() const { return polls_; }
  [[nodiscard]] std::size_t commits() const { return commits_; }  // asked for
  [[nodiscard]] const std::set<retry::TopicPartition>& paused() const { return paused_; }

  core::Result<void> poll(retry::RetryLogEvents& events, std::size_t messages_max) override;
  void pause(const retry::TopicPartition& partition) override { paused_.insert(partition); }
  void resume(const retry::TopicPartition& partition) override { paused_.erase(partition); }
  core::Result<void> commit(retry::RetryLogEvents& events,
                            const retry::RetryTransaction& transaction) override;
  void close(retry::RetryLogEvents& events) override;

 private:
  friend class MemoryLog;

  // What changed for this member: false, it was fenced.
  bool tell_news(retry::RetryLogEvents& events);
  void give_up(retry::RetryLogEvents& events, const std::vector<retry::TopicPartition>& partitions);

  MemoryLog* log_;
  std::map<retry::TopicPartition, std::int64_t> reading_;  // what it reads: the next offset
  std::set<retry::TopicPartition> paused_;
  bool fenced_ = false;
  std::size_t polls_ = 0;
  std::size_t commits_ = 0;
};

// Reads one partition from an offset.
class MemoryTopicReader final : public retry::TopicReader {
 public:
  MemoryTopicReader(const MemoryLog& log, retry::TopicPartition partition, std::int64_t offset = 0)
      : log_(&log),
        partition_(std::move(partition)),
        next_(offset),
        last_(log.messages(partition_).empty() ? -1 : log.messages(partition_).back().offset) {}

  std::function<core::Result<void>()> on_poll = [] { return core::Result<void>(); };

  [[nodiscard]] std::size_t polls() const { return polls_; }

  core::Result<retry::TopicNews> poll(std::size_t messages_max) override;

 private:
  const MemoryLog* log_;
  retry::TopicPartition partition_;
  std::int64_t next_;
  std::int64_t last_;  // there was when reading began
  std::size_t polls_ = 0;
};

}  // namespace spillway::support
