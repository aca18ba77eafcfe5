// The port through which a node reads a partition for itself, from an offset it remembers: the
// ledger of fates, and what was asked of all nodes. KafkaTopicReader (retry_kafka) is the
// production one. Used on one executor.
#pragma once

#include "core/error.hpp"
#include "retry/spool_message.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace spillway::retry {

struct TopicNews {
  std::vector<StoredMessage> messages;
  // Everything that was in the partition when reading began has been returned.
  bool caught_up = false;
};

class TopicReader {
 public:
  virtual ~TopicReader() = default;

  // What has come since the last call, up to `messages_max`, without waiting for more.
  // `unavailable`: the log does not answer; `corrupt`: messages from where it was to go on are
  // gone, and it goes on with the first there is.
  virtual core::Result<TopicNews> poll(std::size_t messages_max) = 0;
};

}  // namespace spillway::retry
