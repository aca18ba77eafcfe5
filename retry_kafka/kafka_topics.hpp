// The topics of the spool as a cluster has them: looked at, and made where they are missing. Called
// by serve at its start and by `check`; blocks for as long as it is told.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "retry/kafka_options.hpp"
#include "retry_kafka/kafka_limits.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace spillway::retry {

// What was found, a sentence each, for an operator.
struct TopicsFound {
  std::vector<std::string> problems;  // with these the spool must not run
  std::vector<std::string> warnings;
  std::vector<std::string> notes;
  std::vector<std::string> missing;  // names
  // As the cluster has them; 0: there is no such topic.
  std::int32_t ledger_partitions = 0;
  std::int32_t accepted_partitions = 0;
};

// Whether librdkafka takes the options. Connects to nothing.
[[nodiscard]] core::Result<void> check_options(const KafkaOptions& options);

// `unavailable`, `timeout`: the cluster does not answer.
[[nodiscard]] core::Result<TopicsFound> check_topics(const KafkaOptions& options,
                                                     const KafkaLimits& limits,
                                                     core::Duration timeout);

// Makes those that are missing, then checks all; another node may be doing the same.
[[nodiscard]] core::Result<TopicsFound> make_topics(const KafkaOptions& options,
                                                    const KafkaLimits& limits,
                                                    core::Duration timeout);

}  // namespace spillway::retry
