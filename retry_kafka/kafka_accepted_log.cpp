#include "retry_kafka/kafka_accepted_log.hpp"

#include "retry_kafka/kafka_topic_reader.hpp"

#include <fmt/format.h>

#include <utility>

namespace spillway::retry {

KafkaAcceptedLog::KafkaAcceptedLog(KafkaOptions options, KafkaLimits limits)
    : options_(std::move(options)), limits_(std::move(limits)) {}

KafkaAcceptedLog::~KafkaAcceptedLog() = default;

// No node has a slash in its name, so this is nobody's worker.
core::Result<void> KafkaAcceptedLog::fence(std::uint16_t tag) {
  if (!preparing_ || tag_ != tag) {
    transactions_ =
        std::make_unique<Transactions>(options_, limits_, fmt::format("adopting/{}", tag));
    if (auto opened = transactions_->open(); !opened) {
      return opened;
    }
    tag_ = tag;
  }
  auto prepared = transactions_->prepare();
  preparing_ = !prepared;  // what was begun goes on with the next call
  return prepared;
}

core::Result<void> KafkaAcceptedLog::move(const std::vector<OutgoingMessage>& messages) {
  if (transactions_ == nullptr) {
    return core::fail(core::ErrorCode::conflict, "nobody was fenced");
  }
  return transactions_->commit({.messages = messages, .positions = {}}, nullptr);
}

core::Result<std::unique_ptr<TopicReader>> KafkaAcceptedLog::read(const TopicPartition& partition,
                                                                  std::int64_t offset) {
  auto made = KafkaTopicReader::make(options_, limits_, partition, offset);
  if (!made) {
    return std::unexpected(std::move(made).error());
  }
  return *std::move(made);
}

}  // namespace spillway::retry
