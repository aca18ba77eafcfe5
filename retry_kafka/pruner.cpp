#include "retry_kafka/pruner.hpp"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <utility>

#include "core/log.hpp"
#include "core/system_clock.hpp"

namespace spillway::retry {

void Pruner::QueueDeleter::operator()(rd_kafka_queue_s* queue) const {
  rd_kafka_queue_destroy(queue);
}

Pruner::Pruner() = default;
Pruner::~Pruner() = default;

void Pruner::done(const std::vector<RetryPosition>& positions) {
  for (const RetryPosition& position : positions) {
    std::int64_t& offset = done_[position.partition];
    offset = std::max(offset, position.offset);
  }
}

void Pruner::forget() {
  answer_.reset();
}

void Pruner::work(rd_kafka_s& client, const KafkaContext& context) {
  if (answer_ != nullptr) {
    hear(context);
    return;
  }
  if (done_.empty() || core::monotonic_now() < next_) {
    return;
  }
  next_ = core::monotonic_now() + kPause;
  const KafkaPartitionsPtr below(rd_kafka_topic_partition_list_new(static_cast<int>(done_.size())));
  for (const auto& [partition, offset] : std::exchange(done_, {})) {
    rd_kafka_topic_partition_list_add(below.get(), partition.topic.c_str(), partition.number)
        ->offset = offset;
  }
  rd_kafka_DeleteRecords_t* request = rd_kafka_DeleteRecords_new(below.get());
  answer_.reset(rd_kafka_queue_new(&client));
  rd_kafka_DeleteRecords(&client, &request, 1, nullptr, answer_.get());
  rd_kafka_DeleteRecords_destroy(request);
}

// What could not be deleted is asked for again with what is done later.
void Pruner::hear(const KafkaContext& context) {
  rd_kafka_event_t* const event = rd_kafka_queue_poll(answer_.get(), 0);
  if (event == nullptr) {
    return;
  }
  if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    core::log(core::LogLevel::warn, "kafka.not_pruned",
              {{"error", context.without_secrets(rd_kafka_event_error_string(event))}});
  }
  rd_kafka_event_destroy(event);
  answer_.reset();
}

}  // namespace spillway::retry
