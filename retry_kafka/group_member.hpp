// The reading half of KafkaRetryLog: a consumer in the group of workers. Partitions that come stay
// paused until their positions are known, so that nothing of them is received before assigned()
// tells of them. Owned by KafkaRetryLog, on the worker's executor.
#pragma once

#include "core/error.hpp"
#include "retry/kafka_options.hpp"
#include "retry/retry_log.hpp"
#include "retry_kafka/kafka_client.hpp"
#include "retry_kafka/kafka_limits.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace spillway::retry {

class GroupMember {
 public:
  GroupMember(const KafkaOptions& options, const KafkaLimits& limits);
  GroupMember(const GroupMember&) = delete;
  GroupMember& operator=(const GroupMember&) = delete;

  // A new consumer, which joins the group with its first polls.
  core::Result<void> open();

  core::Result<void> poll(RetryLogEvents& events, std::size_t messages_max);
  void pause(const TopicPartition& partition);
  void resume(const TopicPartition& partition);

  // Tells that everything is lost; from now on nothing is told any more, until open().
  void give_up(RetryLogEvents& events);

  // Leaves the group, which learns of it at once if it can; partitions that go are told to
  // `events`, which may be null.
  void leave(RetryLogEvents* events);

  [[nodiscard]] rd_kafka_s* consumer() const { return consumer_.get(); }
  [[nodiscard]] const KafkaContext& context() const { return context_; }

 private:
  void rebalance(KafkaErrorCode code, rd_kafka_topic_partition_list_s& partitions);
  void come(rd_kafka_topic_partition_list_s& partitions);
  void go(rd_kafka_topic_partition_list_s& partitions);
  // Asks for the positions of partitions that came.
  core::Result<void> place();
  void take(KafkaMessagePtr message);
  // Whether a partition without a position never had one.
  void check_position_is_new(const TopicPartition& partition);
  // Whether the first message of a partition is the one it was to go on with.
  void check_first(const StoredMessage& first);
  void note(std::string_view what);

  const KafkaOptions options_;
  const KafkaLimits limits_;
  KafkaContext context_;
  KafkaClientPtr consumer_;
  RetryLogEvents* events_ = nullptr;              // while a call lasts
  std::set<TopicPartition> unplaced_;             // came, and not told of yet
  std::set<TopicPartition> assigned_;             // told of
  std::set<TopicPartition> paused_;               // by the worker; of those assigned
  std::map<TopicPartition, std::int64_t> first_;  // of those nothing was received of, if known
  core::Result<void> news_;                       // why nothing came, of this poll
};

}  // namespace spillway::retry
