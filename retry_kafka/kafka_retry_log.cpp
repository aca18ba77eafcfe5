#include "retry_kafka/kafka_retry_log.hpp"

#include <utility>

#include "core/log.hpp"
#include "retry_kafka/group_member.hpp"
#include "retry_kafka/pruner.hpp"
#include "retry_kafka/transactions.hpp"

namespace spillway::retry {

class KafkaRetryLog::Impl {
 public:
  Impl(KafkaOptions options, const KafkaLimits& limits)
      : options_(std::move(options)),
        limits_(limits),
        transactions_(options_, limits_, limits_.node),
        member_(options_, limits_) {}

  // New clients, the reading one with the next poll: nothing of the old ones is left.
  core::Result<void> open() { return transactions_.open(); }

  core::Result<void> poll(RetryLogEvents& events, std::size_t messages_max) {
    if (lost_) {
      pruner_.forget();
      member_.leave(nullptr);
      if (auto opened = open(); !opened) {
        return opened;
      }
      lost_ = false;
    }
    // Before it joins: what it takes it must be able to commit, and whoever had this worker's name
    // before can do so no more.
    if (auto ready = transactions_.prepare(); !ready) {
      return ready;
    }
    if (member_.consumer() == nullptr) {
      if (auto joined = member_.open(); !joined) {
        return joined;
      }
    }
    pruner_.work(*member_.consumer(), member_.context());
    return member_.poll(events, messages_max);
  }

  void pause(const TopicPartition& partition) { member_.pause(partition); }
  void resume(const TopicPartition& partition) { member_.resume(partition); }

  // May be called from within poll(), so what was lost is closed by the next one.
  core::Result<void> commit(RetryLogEvents& events, const RetryTransaction& transaction) {
    if (lost_) {
      return core::fail(core::ErrorCode::conflict, "another worker has taken this one's place");
    }
    auto committed = transactions_.commit(transaction, member_.consumer());
    if (!committed && committed.error().code == core::ErrorCode::conflict) {
      core::log(core::LogLevel::warn, "kafka.worker_replaced",
                {{"error", committed.error().message}});
      lost_ = true;
      member_.give_up(events);
    } else if (committed) {
      pruner_.done(transaction.positions);
    }
    return committed;
  }

  void close(RetryLogEvents& events) {
    pruner_.forget();
    member_.leave(lost_ ? nullptr : &events);
    transactions_.close();
  }

 private:
  const KafkaOptions options_;
  const KafkaLimits limits_;
  Transactions transactions_;
  GroupMember member_;
  Pruner pruner_;      // goes before the client that it asks with
  bool lost_ = false;  // the place of this worker: both clients are to be made anew
};

core::Result<std::unique_ptr<KafkaRetryLog>> KafkaRetryLog::make(const KafkaOptions& options,
                                                                 const KafkaLimits& limits) {
  auto impl = std::make_unique<Impl>(options, limits);
  if (auto opened = impl->open(); !opened) {
    return std::unexpected(std::move(opened).error());
  }
  return std::unique_ptr<KafkaRetryLog>(new KafkaRetryLog(std::move(impl)));
}

KafkaRetryLog::KafkaRetryLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KafkaRetryLog::~KafkaRetryLog() = default;

core::Result<void> KafkaRetryLog::poll(RetryLogEvents& events, std::size_t messages_max) {
  return impl_->poll(events, messages_max);
}

void KafkaRetryLog::pause(const TopicPartition& partition) {
  impl_->pause(partition);
}

void KafkaRetryLog::resume(const TopicPartition& partition) {
  impl_->resume(partition);
}

core::Result<void> KafkaRetryLog::commit(RetryLogEvents& events,
                                         const RetryTransaction& transaction) {
  return impl_->commit(events, transaction);
}

void KafkaRetryLog::close(RetryLogEvents& events) {
  impl_->close(events);
}

}  // namespace spillway::retry
