// What the adapter's classes share of librdkafka's C interface: owners of its handles, the settings
// of a client, messages there and back, and its errors and log lines as ours. Any thread.
#pragma once

#include "core/error.hpp"
#include "retry/kafka_options.hpp"
#include "retry/spool_message.hpp"
#include "retry_kafka/kafka_limits.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct rd_kafka_s;
struct rd_kafka_conf_s;
struct rd_kafka_error_s;
struct rd_kafka_message_s;
struct rd_kafka_topic_partition_list_s;

namespace spillway::retry {

using KafkaErrorCode = int;  // rd_kafka_resp_err_t

// Frees what librdkafka made.
struct KafkaDeleter {
  void operator()(rd_kafka_s* client) const;
  void operator()(rd_kafka_conf_s* settings) const;
  void operator()(rd_kafka_error_s* error) const;
  void operator()(rd_kafka_message_s* message) const;
  void operator()(rd_kafka_topic_partition_list_s* partitions) const;
};
using KafkaClientPtr = std::unique_ptr<rd_kafka_s, KafkaDeleter>;
using KafkaSettingsPtr = std::unique_ptr<rd_kafka_conf_s, KafkaDeleter>;
using KafkaErrorPtr = std::unique_ptr<rd_kafka_error_s, KafkaDeleter>;
using KafkaMessagePtr = std::unique_ptr<rd_kafka_message_s, KafkaDeleter>;
using KafkaPartitionsPtr = std::unique_ptr<rd_kafka_topic_partition_list_s, KafkaDeleter>;

// What a client's callbacks are given. Outlives the client.
struct KafkaContext {
  explicit KafkaContext(std::string client_name, const KafkaOptions& options);

  std::string name;                  // in log lines
  std::vector<std::string> secrets;  // never in one
  // An error of no message, such as that no broker is there. From a poll of the client.
  std::function<void(KafkaErrorCode, std::string)> on_error;
  // What became of a message that was written, with its opaque. From a poll of the client.
  std::function<void(KafkaErrorCode, void*)> on_delivery;
  // Partitions come (_ASSIGN_PARTITIONS) or go. From a poll of the client.
  std::function<void(KafkaErrorCode, rd_kafka_topic_partition_list_s&)> on_rebalance;

  [[nodiscard]] std::string without_secrets(std::string text) const;
};

// The settings of one client: the operator's properties, then those that are Spillway's own.
class KafkaSettings {
 public:
  explicit KafkaSettings(const KafkaOptions& options);

  // One of those that set_by_spillway() names.
  KafkaSettings& set(const char* property, const std::string& value);
  KafkaSettings& set(const char* property, std::int64_t value);
  // What every consumer has, which says itself what it has read and how far; and every producer.
  KafkaSettings& read_within(const KafkaLimits& limits);
  KafkaSettings& write_within(const KafkaLimits& limits);

  [[nodiscard]] core::Result<KafkaClientPtr> make_producer(KafkaContext& context) &&;
  [[nodiscard]] core::Result<KafkaClientPtr> make_consumer(KafkaContext& context) &&;

  // Why the operator's properties cannot be set, if they cannot.
  [[nodiscard]] const core::Result<void>& valid() const { return valid_; }

 private:
  core::Result<KafkaClientPtr> make(KafkaContext& context, int kind);

  KafkaSettingsPtr settings_;
  core::Result<void> valid_;
};

// Queues a copy of the message; `opaque` comes back with its report. At once.
[[nodiscard]] KafkaErrorCode produce(rd_kafka_s* producer, const OutgoingMessage& message,
                                     void* opaque);
// As the log has it; the bytes are copied.
[[nodiscard]] StoredMessage read_message(const rd_kafka_message_s& message);
// Key, value and headers.
[[nodiscard]] std::size_t message_bytes(const SpoolMessage& message);

[[nodiscard]] KafkaPartitionsPtr make_partitions(const std::vector<TopicPartition>& partitions);
[[nodiscard]] std::vector<TopicPartition> read_partitions(
    const rd_kafka_topic_partition_list_s& partitions);

// As ours: `timeout`, `too_large`, or else `unavailable`.
[[nodiscard]] std::unexpected<core::Error> kafka_failure(KafkaErrorCode code,
                                                         std::string_view what);
// The text of an error of one client, and of librdkafka's own of a code.
[[nodiscard]] std::string text_of(const rd_kafka_error_s& error);

}  // namespace spillway::retry
