// Frees the space of what is done: deletes the records below committed positions of the retry
// topics, which nothing else prunes (docs/correctness.md 24). Owned by KafkaRetryLog, on the
// worker's executor; asks and hears without waiting.
#pragma once

#include "core/clock.hpp"
#include "retry/retry_log.hpp"
#include "retry_kafka/kafka_client.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

struct rd_kafka_queue_s;

namespace spillway::retry {

class Pruner {
 public:
  static constexpr core::Duration kPause = std::chrono::seconds(10);  // between two requests

  Pruner();
  ~Pruner();
  Pruner(const Pruner&) = delete;
  Pruner& operator=(const Pruner&) = delete;

  // These were committed.
  void done(const std::vector<RetryPosition>& positions);

  // Now and then, with the client that is there.
  void work(rd_kafka_s& client, const KafkaContext& context);
  // That client is about to go.
  void forget();

 private:
  struct QueueDeleter {
    void operator()(rd_kafka_queue_s* queue) const;
  };

  void hear(const KafkaContext& context);

  std::map<TopicPartition, std::int64_t> done_;             // since the last request
  std::unique_ptr<rd_kafka_queue_s, QueueDeleter> answer_;  // while one is under way
  core::Duration next_{};                                   // by the monotonic clock
};

}  // namespace spillway::retry
