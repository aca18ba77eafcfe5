// This node's part in the group of workers: a consumer of the retry topics and a transactional
// producer, both made anew where another one took this worker's place. Made by app, used on the
// worker's executor alone; no call blocks it for longer than some seconds.
#pragma once

#include "core/error.hpp"
#include "retry/kafka_options.hpp"
#include "retry/retry_log.hpp"
#include "retry_kafka/kafka_limits.hpp"

#include <memory>

namespace spillway::retry {

class KafkaRetryLog final : public RetryLog {
 public:
  // Waits for nothing: the first polls connect, and join the group. Fails when the options are none
  // that librdkafka takes.
  [[nodiscard]] static core::Result<std::unique_ptr<KafkaRetryLog>> make(
      const KafkaOptions& options, const KafkaLimits& limits);
  // Without close() before it, the group waits for this worker until its session has run out.
  ~KafkaRetryLog() override;
  KafkaRetryLog(const KafkaRetryLog&) = delete;
  KafkaRetryLog& operator=(const KafkaRetryLog&) = delete;

  // At least every five minutes, or the group goes on without this worker.
  core::Result<void> poll(RetryLogEvents& events, std::size_t messages_max) override;
  void pause(const TopicPartition& partition) override;
  void resume(const TopicPartition& partition) override;
  core::Result<void> commit(RetryLogEvents& events, const RetryTransaction& transaction) override;
  void close(RetryLogEvents& events) override;

 private:
  class Impl;

  explicit KafkaRetryLog(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace spillway::retry
