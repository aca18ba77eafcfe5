// What the topics of the spool must be like (docs/correctness.md 24, 27), and what is wrong with
// those a cluster has. Pure: told what was found, says what an operator should know.
#pragma once

#include "retry/kafka_options.hpp"
#include "retry_kafka/kafka_limits.hpp"
#include "retry_kafka/kafka_topics.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace spillway::retry {

using TopicSettings = std::map<std::string, std::string>;  // by Kafka's names

struct PlannedTopic {
  std::string name;
  std::int32_t partitions = 1;
  TopicSettings settings;  // that it is made with
};

struct ExistingTopic {
  std::string name;
  std::int32_t partitions = 0;
  std::int32_t replication = 0;  // of the partition that has the fewest
  TopicSettings settings{};      // all of them; empty: nobody may ask
};

[[nodiscard]] std::vector<PlannedTopic> plan_topics(const KafkaOptions& options,
                                                    const KafkaLimits& limits);

[[nodiscard]] TopicsFound judge_topics(const KafkaOptions& options, const KafkaLimits& limits,
                                       const std::vector<ExistingTopic>& existing);

}  // namespace spillway::retry
