// What the cases share: the Kafka that test_kafka_adapter.py names in the environment, its hands on
// the brokers, waiting for a condition, and a worker's side of RetryLog. One thread.
#pragma once

#include "core/clock.hpp"
#include "core/executor.hpp"
#include "core/metrics.hpp"
#include "core/system_clock.hpp"
#include "retry/topics.hpp"
#include "retry_kafka/kafka_limits.hpp"
#include "retry_kafka/kafka_probe.hpp"
#include "retry_kafka/kafka_retry_log.hpp"
#include "retry_kafka/record_producer.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace spillway::retry::testing_support {

// From KAFKA_BROKERS, KAFKA_PREFIX, and KAFKA_PROPERTIES (name=value, a line each).
[[nodiscard]] KafkaOptions options_from_environment();
[[nodiscard]] KafkaLimits limits_of(std::string node);

// As serve makes them.
void make_spool_topics(const KafkaOptions& options);

// Has the harness do what it knows by this word, and waits until it is done.
void ask_harness(const std::string& what);

// The executor of a worker, and of whoever waits.
class Desk final : public core::Executor {
 public:
  void post(core::Task task) override;
  core::TimerId run_at(core::Time due, core::Task task) override;
  void cancel(core::TimerId timer) override;

  // Runs what is posted, and `step` between, until the condition holds.
  void run_until(
      const std::function<bool()>& condition, const std::function<void()>& step = [] {},
      std::chrono::seconds limit = std::chrono::seconds(40));

 private:
  [[nodiscard]] bool run_one();

  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<core::Task> tasks_;
};

// A writer that has found Kafka.
class Writer {
 public:
  explicit Writer(const KafkaOptions& options, const KafkaLimits& limits = limits_of("writer"));

  // Writes one and waits for what becomes of it.
  core::Result<void> write(OutgoingMessage message);
  void await_up();
  void await_down();

  [[nodiscard]] RecordProducer& producer() { return *producer_; }
  [[nodiscard]] bool gauge_up();
  Desk desk;

 private:
  core::SystemClock clock_;
  core::Registry registry_;
  KafkaProbe probe_{registry_};
  std::unique_ptr<RecordProducer> producer_;
};

// A worker that takes note of everything.
class Worker final : public RetryLogEvents {
 public:
  Worker(const KafkaOptions& options, const std::string& node);

  void assigned(const std::vector<RetryPosition>& positions) override;
  void revoking(const std::vector<TopicPartition>& partitions) override;
  void lost(const std::vector<TopicPartition>& partitions) override;
  void received(StoredMessage message) override;

  void poll();
  core::Result<void> commit(const RetryTransaction& transaction) {
    return log->commit(*this, transaction);
  }
  void close() { log->close(*this); }
  // Of one partition.
  [[nodiscard]] std::vector<std::int64_t> offsets(const TopicPartition& partition) const;

  std::unique_ptr<KafkaRetryLog> log;
  std::map<TopicPartition, RetryPosition> positions;  // of what is assigned
  std::vector<StoredMessage> messages;
  std::size_t revoked = 0;
  std::size_t lost_count = 0;
  std::function<void()> on_revoking = [] {};
  std::vector<std::string> complaints;  // what must not happen
};

}  // namespace spillway::retry::testing_support
