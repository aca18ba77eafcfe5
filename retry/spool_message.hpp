// What passes between the spool and its log: a message as a log stores it, and where it lies.
// Records know how to become one (spool_record.hpp, fate_record.hpp, control_record.hpp). Plain
// data, any thread.
#pragma once

#include "core/clock.hpp"
#include "core/event.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace spillway::retry {

struct SpoolMessage {
  std::string key;
  std::vector<core::Header> headers;  // text, in this order
  std::string value;

  bool operator==(const SpoolMessage&) const = default;
};

struct TopicPartition {
  std::string topic;
  std::int32_t number = 0;

  auto operator<=>(const TopicPartition&) const = default;
};

struct StoredMessage {
  TopicPartition partition;
  std::int64_t offset = 0;
  core::Time appended;  // by the clock of the log
  SpoolMessage message;
};

// A message on its way to a topic, whose key chooses the partition unless it is said.
struct OutgoingMessage {
  std::string topic;
  SpoolMessage message;
  std::int32_t partition = -1;  // -1: by the key
};

}  // namespace spillway::retry
