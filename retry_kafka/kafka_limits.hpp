// What a node grants its Kafka clients: how it is named there, and how much memory they may take.
// Made by app from the configuration. Plain data, any thread.
#pragma once

#include "core/clock.hpp"

#include <cstddef>
#include <string>

namespace spillway::retry {

struct KafkaLimits {
  std::string node;  // its name, which no other node of the cluster may have
  // Copies are written to be there when the node is gone: Kafka must not lose them with a broker.
  bool replicates = false;
  core::Duration attempt_max{};  // an attempt lasts no longer, at any destination
  // Of a message: the largest body, and what goes with it (kMessageOverheadBytes).
  std::size_t message_bytes_max = (std::size_t{4} << 20) + (std::size_t{128} << 10);
  std::size_t write_bytes_max = std::size_t{16} << 20;  // on their way to the log
  std::size_t read_bytes_max = std::size_t{16} << 20;   // read ahead, of each reader
};

// Key and headers of a message, and what the log stores around it (docs/correctness.md 27).
inline constexpr std::size_t kMessageOverheadBytes = std::size_t{128} << 10;

}  // namespace spillway::retry
