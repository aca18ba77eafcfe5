#include "retry_kafka/kafka_topic_reader.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <optional>
#include <utility>

#include "core/log.hpp"
#include "retry_kafka/kafka_client.hpp"

namespace spillway::retry {
namespace {

constexpr std::int64_t kReadAheadMessages = 10'000;

// What comes instead of messages from where it was to go on.
bool gone(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
         code == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE || code == RD_KAFKA_RESP_ERR__LOG_TRUNCATION;
}

}  // namespace

class KafkaTopicReader::Impl {
 public:
  Impl(KafkaOptions options, const KafkaLimits& limits, TopicPartition partition)
      : options_(std::move(options)),
        limits_(limits),
        partition_(std::move(partition)),
        context_(partition_.topic, options_) {
    context_.on_error = [this](KafkaErrorCode /*code*/, std::string why) { why_ = std::move(why); };
  }

  core::Result<void> open(std::int64_t offset) {
    KafkaSettings settings(options_);
    // It joins no group, but without a name of one the library reads no partition this way.
    settings.set("group.id", options_.topic_prefix + "-reader")
        .set("auto.offset.reset", "error")
        .set("enable.partition.eof", "true")
        .set("queued.min.messages", kReadAheadMessages)
        .read_within(limits_);
    auto made = std::move(settings).make_consumer(context_);
    if (!made) {
      return std::unexpected(std::move(made).error());
    }
    consumer_ = *std::move(made);
    return read_from(offset == 0 ? RD_KAFKA_OFFSET_BEGINNING : offset);
  }

  core::Result<TopicNews> poll(std::size_t messages_max) {
    TopicNews news;
    while (news.messages.size() < messages_max) {
      const KafkaMessagePtr message(rd_kafka_consumer_poll(consumer_.get(), 0));
      if (message == nullptr) {
        break;
      }
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        take(*message, news);
      } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        reached_end(message->offset);
      } else if (gone(message->err)) {
        lost_at_ = message->offset;
        break;
      } else {
        why_ = rd_kafka_message_errstr(message.get());
        break;
      }
    }
    news.caught_up = caught_up_;
    // What was read is told first: an error is for a call that has nothing else to tell.
    if (!news.messages.empty()) {
      return news;
    }
    if (lost_at_) {
      return start_over(*std::exchange(lost_at_, std::nullopt));
    }
    if (!why_.empty()) {
      return core::fail(core::ErrorCode::unavailable,
                        fmt::format("{}: {}", partition_.topic,
                                    context_.without_secrets(std::exchange(why_, {}))));
    }
    return news;
  }

 private:
  core::Result<void> read_from(std::int64_t offset) {
    const KafkaPartitionsPtr read = make_partitions({partition_});
    read->elems[0].offset = offset;
    const rd_kafka_resp_err_t code = rd_kafka_assign(consumer_.get(), read.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return kafka_failure(code, partition_.topic);
    }
    return {};
  }

  void take(const rd_kafka_message_t& message, TopicNews& news) {
    news.messages.push_back(read_message(message));
    reached_end(message.offset + 1);
  }

  // There is nothing before this offset that was not read; a transaction that is still open may
  // hide what is behind it.
  void reached_end(std::int64_t next) {
    if (caught_up_) {
      return;
    }
    if (end_ < 0) {  // known with the first that came
      std::int64_t low = 0;
      rd_kafka_get_watermark_offsets(consumer_.get(), partition_.topic.c_str(), partition_.number,
                                     &low, &end_);
    }
    caught_up_ = end_ >= 0 && next >= end_;
  }

  core::Result<TopicNews> start_over(std::int64_t from) {
    core::log(core::LogLevel::error, "kafka.messages_gone",
              {{"topic", partition_.topic},
               {"partition", partition_.number},
               {"offset", from},
               {"effect", "what was written there is not known; reading goes on with the first"}});
    end_ = -1;
    if (auto read = read_from(RD_KAFKA_OFFSET_BEGINNING); !read) {
      return std::unexpected(std::move(read).error());
    }
    return core::fail(core::ErrorCode::corrupt,
                      fmt::format("{} [{}] has no message {} any more", partition_.topic,
                                  partition_.number, from));
  }

  const KafkaOptions options_;
  const KafkaLimits limits_;
  const TopicPartition partition_;
  KafkaContext context_;
  KafkaClientPtr consumer_;
  std::int64_t end_ = -1;  // of the partition when reading began; -1: not known yet
  bool caught_up_ = false;
  std::optional<std::int64_t> lost_at_;
  std::string why_;  // nothing comes; told once
};

core::Result<std::unique_ptr<KafkaTopicReader>> KafkaTopicReader::make(
    const KafkaOptions& options, const KafkaLimits& limits, const TopicPartition& partition,
    std::int64_t offset) {
  auto impl = std::make_unique<Impl>(options, limits, partition);
  if (auto opened = impl->open(offset); !opened) {
    return std::unexpected(std::move(opened).error());
  }
  return std::unique_ptr<KafkaTopicReader>(new KafkaTopicReader(std::move(impl)));
}

KafkaTopicReader::KafkaTopicReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KafkaTopicReader::~KafkaTopicReader() = default;

core::Result<TopicNews> KafkaTopicReader::poll(std::size_t messages_max) {
  return impl_->poll(messages_max);
}

}  // namespace spillway::retry
