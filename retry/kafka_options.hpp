// What is configured about the Kafka that the nodes of a cluster share. Read by config, used by
// retry_kafka. Plain data, any thread.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace spillway::retry {

// Copies of a partition, fewer than which may all be gone with a broker or two.
inline constexpr int kReplicationMin = 3;

struct KafkaOptions {
  std::string brokers;  // host:port,…
  std::string topic_prefix = "spillway";
  // Of topics that are made; those there are keep theirs.
  int partitions = 12;
  int replication = 3;
  // Handed to librdkafka as they are: security.protocol, sasl.*, ssl.* and others. Secrets.
  std::map<std::string, std::string> properties{};

  bool operator==(const KafkaOptions&) const = default;
};

// Properties of librdkafka on which the spool's promises rest: nobody else may set them.
[[nodiscard]] bool set_by_spillway(std::string_view property);

}  // namespace spillway::retry
