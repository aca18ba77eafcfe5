// The accepted topic in Kafka: reads parts of it, and moves what stands there in transactions whose
// name is that of the node concerned, so that Kafka lets only the last who asked move anything.
// Made by app, used on the spool's executor alone; no call blocks it for longer than some seconds.
#pragma once

#include "core/error.hpp"
#include "retry/accepted_log.hpp"
#include "retry/kafka_options.hpp"
#include "retry_kafka/kafka_limits.hpp"
#include "retry_kafka/transactions.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace spillway::retry {

class KafkaAcceptedLog final : public AcceptedLog {
 public:
  KafkaAcceptedLog(KafkaOptions options, KafkaLimits limits);
  ~KafkaAcceptedLog() override;

  core::Result<void> fence(std::uint16_t tag) override;
  core::Result<void> move(const std::vector<OutgoingMessage>& messages) override;
  core::Result<std::unique_ptr<TopicReader>> read(const TopicPartition& partition,
                                                  std::int64_t offset) override;

 private:
  const KafkaOptions options_;
  const KafkaLimits limits_;
  std::unique_ptr<Transactions> transactions_;  // of the last fence()
  std::uint16_t tag_ = 0;                       // its node
  bool preparing_ = false;                      // and it has not succeeded yet
};

}  // namespace spillway::retry
