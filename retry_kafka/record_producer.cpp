#include "retry_kafka/record_producer.hpp"

#include <librdkafka/rdkafka.h>

#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

#include "core/log.hpp"
#include "retry_kafka/kafka_client.hpp"

namespace spillway::retry {
namespace {

constexpr std::size_t kBatchBytes = 512;  // that a batch of one message has around it
constexpr int kPollMillis = 100;
// Whether Kafka is there is known from what it acknowledged not longer ago than this, or is asked;
constexpr core::Duration kKnownFor = std::chrono::seconds(5);
// while it is not, so often;
constexpr core::Duration kAskAgain = std::chrono::seconds(1);
constexpr int kAskMillis = 1000;
// but not before it has failed to take a message for so long: it may answer and yet take none.
constexpr core::Duration kRest = std::chrono::seconds(5);
constexpr std::int64_t kMessageTimeoutMillis = 10'000;
constexpr std::int64_t kRequestTimeoutMillis = 3000;
constexpr int kPurgeMillis = 1000;

// What waits for its report.
struct Written {
  core::Executor* reply_to;
  RecordWriter::Callback callback;
  std::size_t bytes;

  void answer(core::Result<void> result) && {
    reply_to->post([done = std::move(callback), what = std::move(result)]() mutable {
      done(std::move(what));
    });
  }
};

}  // namespace

class RecordProducer::Impl {
 public:
  Impl(KafkaOptions options, const KafkaLimits& limits, const core::Clock& clock, KafkaProbe& probe)
      : options_(std::move(options)),
        limits_(limits),
        clock_(clock),
        probe_(probe),
        context_("writer", options_) {
    context_.on_error = [this](KafkaErrorCode code, const std::string& why) {
      if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        set_up(false, why);
      }
    };
    context_.on_delivery = [this](KafkaErrorCode code, void* opaque) {
      delivered(code, std::unique_ptr<Written>(static_cast<Written*>(opaque)));
    };
  }
  ~Impl() { close({}); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  core::Result<void> start() {
    auto client = connect();
    if (!client) {
      return std::unexpected(std::move(client).error());
    }
    client_ = *std::move(client);
    thread_ = std::thread([this] { run(); });
    return {};
  }

  [[nodiscard]] bool takes(std::size_t bytes) const {
    return up_.load(std::memory_order_relaxed) &&
           bytes + kBatchBytes <= limits_.message_bytes_max &&
           queued_bytes_.load(std::memory_order_relaxed) + bytes <= limits_.write_bytes_max;
  }

  void write(const OutgoingMessage& message, core::Executor& reply_to, Callback callback) {
    auto written =
        std::make_unique<Written>(&reply_to, std::move(callback), message_bytes(message.message));
    queued_bytes_ += written->bytes;
    Written* const reported = written.release();  // to its report, if there will be one
    KafkaErrorCode code = RD_KAFKA_RESP_ERR__DESTROY;
    {
      const std::lock_guard lock(mutex_);
      if (client_ != nullptr) {
        code = produce(client_.get(), message, reported);
      }
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      finish(code, std::unique_ptr<Written>(reported));
    }
  }

  void close(core::Duration limit) {
    stopping_ = true;
    if (thread_.joinable()) {
      thread_.join();
    }
    KafkaClientPtr last = exchange_client(nullptr);
    if (last != nullptr) {
      drain(*last,
            static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(limit).count()));
    }
    up_ = false;
    probe_.up(false);
  }

 private:
  [[nodiscard]] core::Result<KafkaClientPtr> connect() {
    KafkaSettings settings(options_);
    settings.set("enable.idempotence", "true")
        .set("acks", "all")
        .write_within(limits_)
        .set("linger.ms", 5)
        .set("message.timeout.ms", kMessageTimeoutMillis)
        .set("request.timeout.ms", kRequestTimeoutMillis);
    return std::move(settings).make_producer(context_);
  }

  void run() {
    while (!stopping_) {
      rd_kafka_poll(client_.get(), kPollMillis);  // only this thread makes it another
      if (failed_for_good()) {
        renew();
      }
      if (clock_.now() >= ask_at_) {
        ask();
      }
    }
  }

  [[nodiscard]] bool failed_for_good() const {
    std::array<char, 512> why{};
    const rd_kafka_resp_err_t code = rd_kafka_fatal_error(client_.get(), why.data(), why.size());
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      return false;
    }
    core::log(core::LogLevel::warn, "kafka.writer_renewed",
              {{"error", context_.without_secrets(why.data())}});
    return true;
  }

  // What is on its way ends with an error; whoever wrote it knows what to do.
  void renew() {
    auto next = connect();
    if (!next) {
      set_up(false, next.error().message);
      return;  // with the next poll again
    }
    KafkaClientPtr last = exchange_client(*std::move(next));
    drain(*last, 0);
  }

  [[nodiscard]] KafkaClientPtr exchange_client(KafkaClientPtr next) {
    const std::lock_guard lock(mutex_);
    return std::exchange(client_, std::move(next));
  }

  // Every report of it has been made after this.
  static void drain(rd_kafka_t& client, int limit_millis) {
    if (limit_millis > 0) {
      rd_kafka_flush(&client, limit_millis);
    }
    rd_kafka_purge(&client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(&client, kPurgeMillis);
  }

  // Blocks this thread, but only while there is nothing else to hear.
  void ask() {
    const rd_kafka_metadata_t* found = nullptr;
    const rd_kafka_resp_err_t code =
        rd_kafka_metadata(client_.get(), 0, nullptr, &found, kAskMillis);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      rd_kafka_metadata_destroy(found);
      set_up(true, {});
    } else {
      set_up(false, rd_kafka_err2str(code));
    }
  }

  void delivered(KafkaErrorCode code, std::unique_ptr<Written> written) {
    // Given up by drain(), or of a client that has failed: neither says anything about Kafka.
    const bool ours = code == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
                      code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT || code == RD_KAFKA_RESP_ERR__FATAL;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      set_up(true, {});
    } else if (!ours && kafka_failure(code, {}).error().code != core::ErrorCode::too_large) {
      set_up(false, rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(code)));
      ask_at_ = clock_.now() + kRest;
    }
    finish(code, std::move(written));
  }

  void finish(KafkaErrorCode code, std::unique_ptr<Written> written) {
    queued_bytes_ -= written->bytes;
    core::Result<void> result;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      result = kafka_failure(code, "a message for Kafka");
    }
    std::move(*written).answer(std::move(result));
  }

  void set_up(bool is_up, const std::string& why) {
    ask_at_ = clock_.now() + (is_up ? kKnownFor : kAskAgain);
    if (std::exchange(told_up_, is_up) != is_up) {
      if (is_up) {
        core::log(core::LogLevel::info, "kafka.up");
      } else {
        core::log(core::LogLevel::error, "kafka.down",
                  {{"error", context_.without_secrets(why)},
                   {"effect", "what waits stays on this node, and is retried from here"}});
      }
    }
    up_ = is_up;
    probe_.up(is_up);
  }

  const KafkaOptions options_;
  const KafkaLimits limits_;
  const core::Clock& clock_;
  KafkaProbe& probe_;
  KafkaContext context_;
  std::atomic<bool> up_{false};
  std::atomic<std::size_t> queued_bytes_{0};
  std::atomic<bool> stopping_{false};
  // The thread's.
  core::Time ask_at_;
  bool told_up_ = true;  // so that a start without Kafka is told
  std::mutex mutex_;     // writers against the thread, which makes the client another
  KafkaClientPtr client_;
  std::thread thread_;
};

core::Result<std::unique_ptr<RecordProducer>> RecordProducer::make(const KafkaOptions& options,
                                                                   const KafkaLimits& limits,
                                                                   const core::Clock& clock,
                                                                   KafkaProbe& probe) {
  auto impl = std::make_unique<Impl>(options, limits, clock, probe);
  if (auto started = impl->start(); !started) {
    return std::unexpected(std::move(started).error());
  }
  return std::unique_ptr<RecordProducer>(new RecordProducer(std::move(impl)));
}

RecordProducer::RecordProducer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RecordProducer::~RecordProducer() = default;

bool RecordProducer::takes(std::size_t bytes) const {
  return impl_->takes(bytes);
}

void RecordProducer::write(OutgoingMessage message, core::Executor& reply_to, Callback callback) {
  impl_->write(message, reply_to, std::move(callback));
}

void RecordProducer::close(core::Duration limit) {
  impl_->close(limit);
}

}  // namespace spillway::retry
