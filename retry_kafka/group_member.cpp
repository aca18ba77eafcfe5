#include "retry_kafka/group_member.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/log.hpp"
#include "retry/topics.hpp"

namespace spillway::retry {
namespace {

constexpr int kPositionsMillis = 2000;
constexpr int kLeaveMillis = 5000;
constexpr int kLeaveStepMillis = 50;
constexpr int kLeaveEventsMax = 1'000'000;  // what was read ahead is among them
// A worker that hangs holds up every rebalance for so long,
constexpr std::int64_t kPollsMillis = 300'000;
// and one that died for so long.
constexpr std::int64_t kSessionMillis = 10'000;
// With a heartbeat a worker hears that others came or went; a rebalance takes two.
constexpr std::int64_t kHeartbeatMillis = 1000;
constexpr std::int64_t kReadAheadMessages = 1000;  // of a partition

std::string described(const TopicPartition& partition) {
  return fmt::format("{} [{}]", partition.topic, partition.number);
}

}  // namespace

GroupMember::GroupMember(const KafkaOptions& options, const KafkaLimits& limits)
    : options_(options), limits_(limits), context_("worker", options) {
  context_.on_error = [this](KafkaErrorCode code, const std::string& why) {
    if (code != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      note(why);
    }
  };
  context_.on_rebalance = [this](KafkaErrorCode code, rd_kafka_topic_partition_list_s& partitions) {
    rebalance(code, partitions);
  };
}

core::Result<void> GroupMember::open() {
  const Topics topics(options_.topic_prefix);
  KafkaSettings settings(options_);
  settings.set("group.id", topics.worker_group())
      .set("partition.assignment.strategy", "cooperative-sticky")
      .set("auto.offset.reset", "earliest")
      .set("max.poll.interval.ms", kPollsMillis)
      .set("session.timeout.ms", kSessionMillis)
      .set("heartbeat.interval.ms", kHeartbeatMillis)
      .set("queued.min.messages", kReadAheadMessages)
      .read_within(limits_);
  auto made = std::move(settings).make_consumer(context_);
  if (!made) {
    return std::unexpected(std::move(made).error());
  }
  unplaced_.clear();
  assigned_.clear();
  paused_.clear();
  first_.clear();
  consumer_ = *std::move(made);
  const KafkaPartitionsPtr wanted = make_partitions({});
  for (const core::Duration tier : kTiers) {
    rd_kafka_topic_partition_list_add(wanted.get(), topics.retry(tier).c_str(),
                                      RD_KAFKA_PARTITION_UA);
  }
  const rd_kafka_resp_err_t code = rd_kafka_subscribe(consumer_.get(), wanted.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_failure(code, "the retry topics");
  }
  return {};
}

core::Result<void> GroupMember::poll(RetryLogEvents& events, std::size_t messages_max) {
  events_ = &events;
  news_ = place();
  for (std::size_t i = 0; i < messages_max && consumer_ != nullptr; ++i) {
    KafkaMessagePtr message(rd_kafka_consumer_poll(consumer_.get(), 0));
    if (message == nullptr) {
      break;
    }
    take(std::move(message));
  }
  events_ = nullptr;
  return std::exchange(news_, {});
}

void GroupMember::take(KafkaMessagePtr message) {
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    note(rd_kafka_message_errstr(message.get()));
    return;
  }
  StoredMessage stored = read_message(*message);
  if (assigned_.contains(stored.partition)) {
    check_first(stored);
    events_->received(std::move(stored));
  }
}

// The library goes on with the first there is, and says nothing of it (docs/correctness.md 24).
void GroupMember::check_first(const StoredMessage& first) {
  const auto expected = first_.find(first.partition);
  if (expected == first_.end()) {
    return;
  }
  std::int64_t low = 0;
  std::int64_t high = 0;
  rd_kafka_get_watermark_offsets(consumer_.get(), first.partition.topic.c_str(),
                                 first.partition.number, &low, &high);
  if (low > expected->second || first.offset < expected->second) {
    core::log(core::LogLevel::error, "kafka.messages_gone",
              {{"topic", first.partition.topic},
               {"partition", first.partition.number},
               {"offset", expected->second},
               {"effect",
                "what waited there comes back from the nodes that accepted it, if at "
                "all; reading goes on with the first there is"}});
  }
  first_.erase(expected);
}

void GroupMember::note(std::string_view what) {
  if (news_) {
    news_ = core::fail(core::ErrorCode::unavailable,
                       "the retry topics: " + context_.without_secrets(std::string(what)));
  }
}

void GroupMember::pause(const TopicPartition& partition) {
  if (assigned_.contains(partition) && paused_.insert(partition).second) {
    rd_kafka_pause_partitions(consumer_.get(), make_partitions({partition}).get());
  }
}

void GroupMember::resume(const TopicPartition& partition) {
  if (paused_.erase(partition) == 1) {
    rd_kafka_resume_partitions(consumer_.get(), make_partitions({partition}).get());
  }
}

void GroupMember::rebalance(KafkaErrorCode code, rd_kafka_topic_partition_list_s& partitions) {
  if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    come(partitions);
    return;
  }
  go(partitions);
  if (code != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS) {
    note(rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(code)));
  }
}

void GroupMember::come(rd_kafka_topic_partition_list_s& partitions) {
  const KafkaErrorPtr refused(rd_kafka_incremental_assign(consumer_.get(), &partitions));
  if (refused != nullptr) {
    note(text_of(*refused));
    return;
  }
  rd_kafka_pause_partitions(consumer_.get(), &partitions);
  for (TopicPartition& partition : read_partitions(partitions)) {
    unplaced_.insert(std::move(partition));
  }
}

// Whoever reads them next begins where this one has committed, so it may do so before they go.
void GroupMember::go(rd_kafka_topic_partition_list_s& partitions) {
  std::vector<TopicPartition> told;
  for (const TopicPartition& partition : read_partitions(partitions)) {
    unplaced_.erase(partition);
    if (assigned_.contains(partition)) {
      told.push_back(partition);
    }
  }
  const bool lost = rd_kafka_assignment_lost(consumer_.get()) != 0;
  if (!told.empty() && events_ != nullptr) {
    lost ? events_->lost(told) : events_->revoking(told);
  }
  for (const TopicPartition& partition : told) {
    assigned_.erase(partition);
    paused_.erase(partition);
    first_.erase(partition);
  }
  const KafkaErrorPtr refused(rd_kafka_incremental_unassign(consumer_.get(), &partitions));
  if (refused != nullptr) {
    note(text_of(*refused));
  }
}

core::Result<void> GroupMember::place() {
  if (unplaced_.empty()) {
    return {};
  }
  const KafkaPartitionsPtr asked = make_partitions({unplaced_.begin(), unplaced_.end()});
  const rd_kafka_resp_err_t code =
      rd_kafka_committed(consumer_.get(), asked.get(), kPositionsMillis);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_failure(code, "the positions of the retry topics");
  }
  core::Result<void> result;
  std::vector<RetryPosition> placed;
  std::vector<TopicPartition> partitions;
  for (int i = 0; i < asked->cnt; ++i) {
    const rd_kafka_topic_partition_t& found = asked->elems[i];
    const TopicPartition partition{found.topic, found.partition};
    if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) {  // such as a transaction that is not over
      result = kafka_failure(found.err, described(partition));
      continue;
    }
    placed.push_back({partition, std::max<std::int64_t>(0, found.offset),
                      std::string(static_cast<const char*>(found.metadata), found.metadata_size)});
    partitions.push_back(partition);
    unplaced_.erase(partition);
    assigned_.insert(partition);
    if (found.offset > 0) {
      first_[partition] = found.offset;
    } else {
      check_position_is_new(partition);
    }
  }
  if (!placed.empty()) {
    events_->assigned(placed);
    // But for what the worker has paused meanwhile.
    std::erase_if(partitions, [&](const auto& partition) { return paused_.contains(partition); });
    rd_kafka_resume_partitions(consumer_.get(), make_partitions(partitions).get());
  }
  return result;
}

// Without a position everything that is there is read, also what was done. Nobody deletes but below
// a position that was committed, so where something was deleted there was one.
void GroupMember::check_position_is_new(const TopicPartition& partition) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  const rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(
      consumer_.get(), partition.topic.c_str(), partition.number, &low, &high, kPositionsMillis);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR && low > 0) {
    core::log(core::LogLevel::error, "kafka.positions_gone",
              {{"partition", described(partition)}, {"records", high - low}});
  }
}

void GroupMember::give_up(RetryLogEvents& events) {
  const std::vector<TopicPartition> all(assigned_.begin(), assigned_.end());
  unplaced_.clear();
  assigned_.clear();
  paused_.clear();
  if (!all.empty()) {
    events.lost(all);
  }
}

void GroupMember::leave(RetryLogEvents* events) {
  if (consumer_ == nullptr) {
    return;
  }
  events_ = events;
  // Not rd_kafka_consumer_close(), which knows no deadline.
  rd_kafka_queue_t* const queue = rd_kafka_queue_new(consumer_.get());
  const KafkaErrorPtr refused(rd_kafka_consumer_close_queue(consumer_.get(), queue));
  int waited = 0;
  int served = 0;
  while (refused == nullptr && rd_kafka_consumer_closed(consumer_.get()) == 0 &&
         waited < kLeaveMillis && served < kLeaveEventsMax) {
    rd_kafka_event_t* const event = rd_kafka_queue_poll(queue, kLeaveStepMillis);
    if (event == nullptr) {
      waited += kLeaveStepMillis;
      continue;
    }
    ++served;
    if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE) {  // here no callback tells it
      rebalance(rd_kafka_event_error(event), *rd_kafka_event_topic_partition_list(event));
    }
    rd_kafka_event_destroy(event);  // or a message that nobody reads any more
  }
  rd_kafka_queue_destroy(queue);
  consumer_.reset();
  events_ = nullptr;
  news_ = {};
}

}  // namespace spillway::retry
