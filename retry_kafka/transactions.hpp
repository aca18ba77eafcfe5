// The writing half of KafkaRetryLog: a transactional producer, whose name in the log keeps out
// whoever had it before. Owned by KafkaRetryLog, on the worker's executor; no call blocks for
// longer than some seconds.
#pragma once

#include "core/error.hpp"
#include "retry/kafka_options.hpp"
#include "retry/retry_log.hpp"
#include "retry_kafka/kafka_client.hpp"
#include "retry_kafka/kafka_limits.hpp"

#include <string>

namespace spillway::retry {

class Transactions {
 public:
  // Of all who have this name in the cluster the last to prepare() can commit.
  Transactions(const KafkaOptions& options, const KafkaLimits& limits, std::string name);
  ~Transactions();
  Transactions(const Transactions&) = delete;
  Transactions& operator=(const Transactions&) = delete;

  // A new producer.
  core::Result<void> open();
  void close();

  // Until it has succeeded once, nothing can be committed: what an earlier one of this name left
  // open is settled, and it can commit no more. `unavailable`: to be called again.
  core::Result<void> prepare();

  // As RetryLog::commit(). The positions are those of the consumer's group; without positions there
  // needs to be none. After `conflict` this producer is of no use.
  core::Result<void> commit(const RetryTransaction& transaction, rd_kafka_s* consumer);

 private:
  core::Result<void> write(const std::vector<OutgoingMessage>& messages);
  core::Result<void> add_positions(const std::vector<RetryPosition>& positions,
                                   rd_kafka_s* consumer);
  core::Result<void> end();
  // It did not happen, because of `error`; a conflict if that cannot be made sure.
  core::Result<void> abort(core::Error error);
  core::Result<void> judge(KafkaErrorPtr error, std::string_view what);

  const KafkaOptions options_;
  const KafkaLimits limits_;
  const std::string name_;
  KafkaContext context_;
  KafkaClientPtr producer_;
  bool prepared_ = false;
};

}  // namespace spillway::retry
