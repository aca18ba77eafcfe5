// One partition of a retry topic as its worker has it: what was read of it and is not done yet.
// Plain data; belongs to the worker.
#pragma once

#include "core/clock.hpp"
#include "retry/partition_window.hpp"
#include "retry/retry_log.hpp"
#include "retry/spool_record.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace spillway::retry {

// A record that was read and is not done.
struct SpoolItem {
  enum class State : std::uint8_t {
    early,    // its topic's delay is not over
    waiting,  // its turn came, and comes again when it is due
    attempting,
  };

  SpoolRecord record;
  std::size_t bytes = 0;
  State state = State::early;
  core::Time counted_to;  // pauses up to then are in the record
};

struct SpoolPartition {
  SpoolPartition(const RetryPosition& position, core::Duration delay, std::int64_t offsets_max)
      : id(position.partition),
        tier(delay),
        window(position.offset, position.done_above, offsets_max) {}

  TopicPartition id;
  core::Duration tier;
  PartitionWindow window;
  std::map<std::int64_t, SpoolItem> items;                // by their offsets
  std::size_t early = 0;                                  // of these
  std::map<std::string, std::size_t, std::less<>> taken;  // not early, by destination
  std::size_t uncommitted = 0;  // done, but not yet in a transaction that happened
  core::Time last_ready;        // when the one read last is, or was
  // Empty at first: a pause outlives an assignment, so there may be one from before.
  std::optional<bool> paused;
};

}  // namespace spillway::retry
