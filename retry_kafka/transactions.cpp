#include "retry_kafka/transactions.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>

#include "core/check.hpp"

namespace spillway::retry {
namespace {

constexpr int kPrepareMillis = 3000;
constexpr int kFlushMillis = 3000;
constexpr int kPositionsMillis = 3000;
constexpr int kCommitMillis = 4000;
constexpr int kAbortMillis = 3000;
// What a dead worker left open holds up those who read its partitions for so long.
constexpr std::int64_t kTransactionMillis = 10'000;
constexpr std::int64_t kMessageMillis = 5000;
constexpr std::int64_t kRequestMillis = 3000;

struct GroupMetadataDeleter {
  void operator()(rd_kafka_consumer_group_metadata_t* metadata) const {
    rd_kafka_consumer_group_metadata_destroy(metadata);
  }
};
using GroupMetadataPtr = std::unique_ptr<rd_kafka_consumer_group_metadata_t, GroupMetadataDeleter>;

KafkaPartitionsPtr as_offsets(const std::vector<RetryPosition>& positions) {
  KafkaPartitionsPtr offsets(rd_kafka_topic_partition_list_new(static_cast<int>(positions.size())));
  for (const RetryPosition& position : positions) {
    rd_kafka_topic_partition_t* const added = rd_kafka_topic_partition_list_add(
        offsets.get(), position.partition.topic.c_str(), position.partition.number);
    added->offset = position.offset;
    if (!position.done_above.empty()) {
      // The list frees it.
      added->metadata = std::malloc(position.done_above.size());
      CHECK(added->metadata != nullptr);
      std::memcpy(added->metadata, position.done_above.data(), position.done_above.size());
      added->metadata_size = position.done_above.size();
    }
  }
  return offsets;
}

}  // namespace

Transactions::Transactions(const KafkaOptions& options, const KafkaLimits& limits, std::string name)
    : options_(options),
      limits_(limits),
      name_(std::move(name)),
      context_("transactions", options) {}

Transactions::~Transactions() {
  close();
}

core::Result<void> Transactions::open() {
  close();
  KafkaSettings settings(options_);
  settings.set("transactional.id", options_.topic_prefix + "-" + name_)
      .set("transaction.timeout.ms", kTransactionMillis)
      .write_within(limits_)
      .set("linger.ms", 0)
      .set("message.timeout.ms", kMessageMillis)
      .set("request.timeout.ms", kRequestMillis);
  auto made = std::move(settings).make_producer(context_);
  if (!made) {
    return std::unexpected(std::move(made).error());
  }
  producer_ = *std::move(made);
  prepared_ = false;
  return {};
}

void Transactions::close() {
  if (producer_ != nullptr) {  // destroying it would wait for what is on its way
    rd_kafka_purge(producer_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    producer_.reset();
  }
}

core::Result<void> Transactions::prepare() {
  if (prepared_) {
    rd_kafka_poll(producer_.get(), 0);
    return {};
  }
  const KafkaErrorPtr error(rd_kafka_init_transactions(producer_.get(), kPrepareMillis));
  if (error == nullptr) {
    prepared_ = true;
    return {};
  }
  const std::string why = context_.without_secrets(text_of(*error));
  if (rd_kafka_error_is_fatal(error.get()) != 0) {
    if (auto opened = open(); !opened) {
      return opened;
    }
  }
  return core::fail(core::ErrorCode::unavailable, "the start of transactions: " + why);
}

core::Result<void> Transactions::commit(const RetryTransaction& transaction, rd_kafka_s* consumer) {
  if (!prepared_) {
    return core::fail(core::ErrorCode::unavailable, "no transaction can be made yet");
  }
  if (auto begun = judge(KafkaErrorPtr(rd_kafka_begin_transaction(producer_.get())), "its start");
      !begun) {
    return begun;
  }
  if (auto written = write(transaction.messages); !written) {
    return abort(std::move(written).error());
  }
  if (auto added = add_positions(transaction.positions, consumer); !added) {
    return abort(std::move(added).error());
  }
  return end();
}

core::Result<void> Transactions::write(const std::vector<OutgoingMessage>& messages) {
  for (const OutgoingMessage& message : messages) {
    KafkaErrorCode code = produce(producer_.get(), message, nullptr);
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      rd_kafka_flush(producer_.get(), kFlushMillis);
      code = produce(producer_.get(), message, nullptr);
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return kafka_failure(code, "a message of a transaction for " + message.topic);
    }
  }
  // Those that cannot be written end it here, where it can still be aborted.
  const rd_kafka_resp_err_t flushed = rd_kafka_flush(producer_.get(), kFlushMillis);
  if (flushed != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return kafka_failure(flushed, "the messages of a transaction");
  }
  return {};
}

core::Result<void> Transactions::add_positions(const std::vector<RetryPosition>& positions,
                                               rd_kafka_s* consumer) {
  if (positions.empty()) {
    return {};
  }
  const GroupMetadataPtr group(rd_kafka_consumer_group_metadata(consumer));
  if (group == nullptr) {
    return core::fail(core::ErrorCode::unavailable, "this worker is in no group");
  }
  return judge(KafkaErrorPtr(rd_kafka_send_offsets_to_transaction(
                   producer_.get(), as_offsets(positions).get(), group.get(), kPositionsMillis)),
               "the positions");
}

core::Result<void> Transactions::end() {
  KafkaErrorPtr error(rd_kafka_commit_transaction(producer_.get(), kCommitMillis));
  if (error == nullptr) {
    return {};
  }
  if (rd_kafka_error_txn_requires_abort(error.get()) != 0) {
    return abort(kafka_failure(rd_kafka_error_code(error.get()), "a commit").error());
  }
  // Nobody knows whether it will have happened: what the log says next time is what counts.
  return core::fail(core::ErrorCode::conflict,
                    "a commit: " + context_.without_secrets(text_of(*error)));
}

core::Result<void> Transactions::abort(core::Error error) {
  if (error.code == core::ErrorCode::conflict) {
    return std::unexpected(std::move(error));
  }
  const KafkaErrorPtr failed(rd_kafka_abort_transaction(producer_.get(), kAbortMillis));
  if (failed == nullptr) {
    return std::unexpected(std::move(error));
  }
  return core::fail(core::ErrorCode::conflict,
                    fmt::format("{}, and it cannot be aborted: {}", error.message,
                                context_.without_secrets(text_of(*failed))));
}

core::Result<void> Transactions::judge(KafkaErrorPtr error, std::string_view what) {
  if (error == nullptr) {
    return {};
  }
  const bool fatal = rd_kafka_error_is_fatal(error.get()) != 0;
  return core::fail(
      fatal ? core::ErrorCode::conflict : core::ErrorCode::unavailable,
      fmt::format("a transaction, {}: {}", what, context_.without_secrets(text_of(*error))));
}

}  // namespace spillway::retry
