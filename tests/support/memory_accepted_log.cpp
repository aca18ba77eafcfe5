#include "tests/support/memory_accepted_log.hpp"

namespace spillway::support {

core::Result<void> MemoryAcceptedLog::fence(std::uint16_t tag) {
  if (auto outcome = on_call(); !outcome) {
    return outcome;
  }
  tag_ = tag;
  turn_ = ++(*fences_)[tag];
  return {};
}

core::Result<void> MemoryAcceptedLog::move(const std::vector<retry::OutgoingMessage>& messages) {
  if (auto outcome = on_call(); !outcome) {
    return outcome;
  }
  if ((*fences_)[tag_] != turn_) {
    return core::fail(core::ErrorCode::conflict, "fenced");
  }
  for (const retry::OutgoingMessage& message : messages) {
    log_->append(message);
    on_moved(message);
  }
  return {};
}

core::Result<std::unique_ptr<retry::TopicReader>> MemoryAcceptedLog::read(
    const retry::TopicPartition& partition, std::int64_t offset) {
  return std::make_unique<MemoryTopicReader>(*log_, partition, offset);
}

}  // namespace spillway::support
