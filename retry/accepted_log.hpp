// The port to the accepted topic beyond single writes: reading a node's part of it, and moving what
// stands there. KafkaAcceptedLog (retry_kafka) is the production one. Used on the spool's executor,
// which its calls may block for as long as the log's deadlines allow.
#pragma once

#include "core/error.hpp"
#include "retry/spool_message.hpp"
#include "retry/topic_reader.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace spillway::retry {

class AcceptedLog {
 public:
  virtual ~AcceptedLog() = default;

  // From here on nobody moves anything of the node with that tag who called this before: what they
  // have moved is there, all other is not. `unavailable`: to be called again.
  virtual core::Result<void> fence(std::uint16_t tag) = 0;
  // All of it or nothing, by who called fence() last. `conflict`: that was another one;
  // `unavailable`, `timeout`: it did not happen.
  virtual core::Result<void> move(const std::vector<OutgoingMessage>& messages) = 0;
  // A reader from the message at the offset, 0: from the first.
  virtual core::Result<std::unique_ptr<TopicReader>> read(const TopicPartition& partition,
                                                          std::int64_t offset) = 0;
};

}  // namespace spillway::retry
