// Reads one partition of a topic, outside of any group. Made by app, used on one executor; its
// calls wait for nothing.
#pragma once

#include "core/error.hpp"
#include "retry/kafka_options.hpp"
#include "retry/topic_reader.hpp"
#include "retry_kafka/kafka_limits.hpp"

#include <cstdint>
#include <memory>

namespace spillway::retry {

class KafkaTopicReader final : public TopicReader {
 public:
  // The message at `offset` is the first it returns; 0 is the first there is. Fails when the
  // options are none that librdkafka takes.
  [[nodiscard]] static core::Result<std::unique_ptr<KafkaTopicReader>> make(
      const KafkaOptions& options, const KafkaLimits& limits, const TopicPartition& partition,
      std::int64_t offset);
  ~KafkaTopicReader() override;
  KafkaTopicReader(const KafkaTopicReader&) = delete;
  KafkaTopicReader& operator=(const KafkaTopicReader&) = delete;

  core::Result<TopicNews> poll(std::size_t messages_max) override;

 private:
  class Impl;

  explicit KafkaTopicReader(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace spillway::retry
