// The writer of single messages: one idempotent producer of librdkafka, and one made anew where it
// failed for good. Made by app, one per process; a thread of its own hears what became of messages,
// and asks Kafka now and then whether it is there.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "retry/kafka_options.hpp"
#include "retry/record_writer.hpp"
#include "retry_kafka/kafka_limits.hpp"
#include "retry_kafka/kafka_probe.hpp"

#include <memory>

namespace spillway::retry {

class RecordProducer final : public RecordWriter {
 public:
  // Begins to connect, and waits for nothing. Fails when the options are none that librdkafka
  // takes. Clock and probe outlive it.
  [[nodiscard]] static core::Result<std::unique_ptr<RecordProducer>> make(
      const KafkaOptions& options, const KafkaLimits& limits, const core::Clock& clock,
      KafkaProbe& probe);
  ~RecordProducer() override;
  RecordProducer(const RecordProducer&) = delete;
  RecordProducer& operator=(const RecordProducer&) = delete;

  [[nodiscard]] bool takes(std::size_t bytes) const override;
  void write(OutgoingMessage message, core::Executor& reply_to, Callback callback) override;

  // Waits up to `limit` for what is on its way; what is not there by then is called back with
  // `unavailable`, like everything that is written later. Those executors still run.
  void close(core::Duration limit);

 private:
  class Impl;

  explicit RecordProducer(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace spillway::retry
