#include "retry_kafka/kafka_client.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/check.hpp"
#include "core/log.hpp"

namespace spillway::retry {
namespace {

// Shorter ones hide nothing, and would be found everywhere.
constexpr std::size_t kSecretBytesMin = 4;
constexpr std::int64_t kFetchBackoffMillis = 100;
constexpr std::string_view kHidden = "…";

using ErrorText = std::array<char, 512>;

// The levels are syslog's. What needs a person is told by whoever uses the client, who knows its
// effect: a broker that goes away is none.
core::LogLevel level_of(int level, std::string_view facility) {
  constexpr int kWarning = 4;
  constexpr int kInfo = 6;
  if (level > kInfo || facility == "CONFWARN") {  // a property that is for clients of another kind
    return core::LogLevel::debug;
  }
  return level > kWarning ? core::LogLevel::info : core::LogLevel::warn;
}

void on_log(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  const auto* const context = static_cast<const KafkaContext*>(rd_kafka_opaque(client));
  core::log(level_of(level, facility), "kafka.client",
            {{"client", context->name},
             {"facility", facility},
             {"message", context->without_secrets(text)}});
}

void on_error(rd_kafka_t* /*client*/, int code, const char* reason, void* opaque) {
  const auto& context = *static_cast<KafkaContext*>(opaque);
  if (context.on_error) {
    context.on_error(code, context.without_secrets(reason));
  }
}

void on_delivery(rd_kafka_t* /*client*/, const rd_kafka_message_t* message, void* opaque) {
  static_cast<KafkaContext*>(opaque)->on_delivery(message->err, message->_private);
}

void on_rebalance(rd_kafka_t* /*client*/, rd_kafka_resp_err_t code,
                  rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  static_cast<KafkaContext*>(opaque)->on_rebalance(code, *partitions);
}

std::string_view view(const void* bytes, std::size_t size) {
  return size == 0 ? std::string_view() : std::string_view(static_cast<const char*>(bytes), size);
}

rd_kafka_headers_t* make_headers(const std::vector<core::Header>& headers) {
  rd_kafka_headers_t* const made = rd_kafka_headers_new(headers.size());
  for (const core::Header& header : headers) {
    const rd_kafka_resp_err_t added =
        rd_kafka_header_add(made, header.name.data(), std::ssize(header.name), header.value.data(),
                            std::ssize(header.value));
    CHECK(added == RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  return made;
}

std::vector<core::Header> read_headers(const rd_kafka_message_t& message) {
  std::vector<core::Header> found;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return found;  // none
  }
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    found.push_back({name, std::string(view(value, size))});
  }
  return found;
}

}  // namespace

void KafkaDeleter::operator()(rd_kafka_s* client) const {
  // A consumer has left its group before, or cannot.
  rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}
void KafkaDeleter::operator()(rd_kafka_conf_s* settings) const {
  rd_kafka_conf_destroy(settings);
}
void KafkaDeleter::operator()(rd_kafka_error_s* error) const {
  rd_kafka_error_destroy(error);
}
void KafkaDeleter::operator()(rd_kafka_message_s* message) const {
  rd_kafka_message_destroy(message);
}
void KafkaDeleter::operator()(rd_kafka_topic_partition_list_s* partitions) const {
  rd_kafka_topic_partition_list_destroy(partitions);
}

KafkaContext::KafkaContext(std::string client_name, const KafkaOptions& options)
    : name(std::move(client_name)) {
  for (const auto& [property, value] : options.properties) {
    if (value.size() >= kSecretBytesMin) {
      secrets.push_back(value);
    }
  }
  // What holds another one goes first, or its rest would be left.
  std::ranges::sort(secrets, std::greater(), &std::string::size);
}

std::string KafkaContext::without_secrets(std::string text) const {
  for (const std::string& secret : secrets) {
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
      text.replace(at, secret.size(), kHidden);
      at += kHidden.size();
    }
  }
  return text;
}

KafkaSettings::KafkaSettings(const KafkaOptions& options) : settings_(rd_kafka_conf_new()) {
  rd_kafka_conf_t* const settings = settings_.get();
  // Only a preference, so the operator may have another.
  rd_kafka_conf_set(settings, "client.id", "spillway", nullptr, 0);
  rd_kafka_conf_set(settings, "reconnect.backoff.max.ms", "1000", nullptr, 0);
  rd_kafka_conf_set(settings, "log.connection.close", "false", nullptr, 0);
  for (const auto& [property, value] : options.properties) {
    // The library's own message would show the value.
    const rd_kafka_conf_res_t done =
        rd_kafka_conf_set(settings, property.c_str(), value.c_str(), nullptr, 0);
    if (done != RD_KAFKA_CONF_OK && valid_) {
      valid_ = core::fail(
          core::ErrorCode::invalid_argument,
          done == RD_KAFKA_CONF_UNKNOWN
              ? fmt::format("kafka.properties: librdkafka {} knows no property \"{}\"",
                            rd_kafka_version_str(), property)
              : fmt::format("kafka.properties: librdkafka {} does not take this value of \"{}\"",
                            rd_kafka_version_str(), property));
    }
  }
  set("bootstrap.servers", options.brokers);
  // A broker that is frozen still accepts connections: without it, it is waited for a minute.
  set("socket.timeout.ms", 2000);
  set("allow.auto.create.topics", "false");
}

KafkaSettings& KafkaSettings::set(const char* property, const std::string& value) {
  CHECK(set_by_spillway(property));
  const rd_kafka_conf_res_t done =
      rd_kafka_conf_set(settings_.get(), property, value.c_str(), nullptr, 0);
  if (done != RD_KAFKA_CONF_OK && valid_) {
    valid_ = core::fail(core::ErrorCode::invalid_argument,
                        fmt::format("librdkafka {} does not take {} = {}", rd_kafka_version_str(),
                                    property, value));
  }
  return *this;
}

KafkaSettings& KafkaSettings::set(const char* property, std::int64_t value) {
  return set(property, std::to_string(value));
}

KafkaSettings& KafkaSettings::read_within(const KafkaLimits& limits) {
  const auto read_bytes = static_cast<std::int64_t>(limits.read_bytes_max);
  const auto message_bytes = static_cast<std::int64_t>(limits.message_bytes_max);
  return set("isolation.level", "read_committed")
      .set("enable.auto.commit", "false")
      .set("enable.auto.offset.store", "false")
      .set("queued.max.messages.kbytes", (read_bytes >> 10) + 1)
      .set("message.max.bytes", message_bytes)
      .set("fetch.max.bytes", std::max(read_bytes, message_bytes))
      .set("fetch.queue.backoff.ms", kFetchBackoffMillis);
}

KafkaSettings& KafkaSettings::write_within(const KafkaLimits& limits) {
  return set("partitioner", "murmur2_random")
      .set("message.max.bytes", static_cast<std::int64_t>(limits.message_bytes_max))
      .set("queue.buffering.max.kbytes",
           static_cast<std::int64_t>((limits.write_bytes_max >> 10) + 1));
}

core::Result<KafkaClientPtr> KafkaSettings::make_producer(KafkaContext& context) && {
  if (context.on_delivery) {
    rd_kafka_conf_set_dr_msg_cb(settings_.get(), on_delivery);
  }
  return make(context, RD_KAFKA_PRODUCER);
}

core::Result<KafkaClientPtr> KafkaSettings::make_consumer(KafkaContext& context) && {
  if (context.on_rebalance) {
    rd_kafka_conf_set_rebalance_cb(settings_.get(), on_rebalance);
  }
  auto client = make(context, RD_KAFKA_CONSUMER);
  if (client) {
    rd_kafka_poll_set_consumer(client->get());
  }
  return client;
}

core::Result<KafkaClientPtr> KafkaSettings::make(KafkaContext& context, int kind) {
  if (!valid_) {
    return std::unexpected(valid_.error());
  }
  rd_kafka_conf_set_opaque(settings_.get(), &context);
  rd_kafka_conf_set_log_cb(settings_.get(), on_log);
  rd_kafka_conf_set_error_cb(settings_.get(), on_error);
  ErrorText why{};
  rd_kafka_conf_t* const settings = settings_.release();  // the client's, if there will be one
  rd_kafka_t* const client =
      rd_kafka_new(static_cast<rd_kafka_type_t>(kind), settings, why.data(), why.size());
  if (client == nullptr) {
    rd_kafka_conf_destroy(settings);
    return core::fail(core::ErrorCode::invalid_argument,
                      "kafka: " + context.without_secrets(why.data()));
  }
  return KafkaClientPtr(client);
}

KafkaErrorCode produce(rd_kafka_s* producer, const OutgoingMessage& message, void* opaque) {
  rd_kafka_headers_t* const headers = make_headers(message.message.headers);
  const std::string& key = message.message.key;
  const std::string& value = message.message.value;
  // Nothing instead of an empty text: it is what takes a key out of a compacted topic.
  void* const value_data = value.empty() ? nullptr : const_cast<char*>(value.data());
  const void* const key_data = key.empty() ? nullptr : key.data();
  const rd_kafka_resp_err_t done = rd_kafka_producev(
      producer, RD_KAFKA_V_TOPIC(message.topic.c_str()), RD_KAFKA_V_PARTITION(message.partition),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key_data, key.size()),
      RD_KAFKA_V_VALUE(value_data, value.size()), RD_KAFKA_V_HEADERS(headers),
      RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
  if (done != RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_headers_destroy(headers);  // still ours
  }
  return done;
}

StoredMessage read_message(const rd_kafka_message_s& message) {
  StoredMessage stored;
  stored.partition = {rd_kafka_topic_name(message.rkt), message.partition};
  stored.offset = message.offset;
  const std::int64_t appended = rd_kafka_message_timestamp(&message, nullptr);
  stored.appended = core::Time(std::chrono::milliseconds(std::max<std::int64_t>(0, appended)));
  stored.message.key = view(message.key, message.key_len);
  stored.message.headers = read_headers(message);
  stored.message.value = view(message.payload, message.len);
  return stored;
}

std::size_t message_bytes(const SpoolMessage& message) {
  std::size_t bytes = message.key.size() + message.value.size();
  for (const core::Header& header : message.headers) {
    bytes += header.name.size() + header.value.size();
  }
  return bytes;
}

KafkaPartitionsPtr make_partitions(const std::vector<TopicPartition>& partitions) {
  KafkaPartitionsPtr made(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const TopicPartition& partition : partitions) {
    rd_kafka_topic_partition_list_add(made.get(), partition.topic.c_str(), partition.number);
  }
  return made;
}

std::vector<TopicPartition> read_partitions(const rd_kafka_topic_partition_list_s& partitions) {
  std::vector<TopicPartition> found;
  found.reserve(static_cast<std::size_t>(partitions.cnt));
  for (int i = 0; i < partitions.cnt; ++i) {
    found.push_back({partitions.elems[i].topic, partitions.elems[i].partition});
  }
  return found;
}

std::unexpected<core::Error> kafka_failure(KafkaErrorCode code, std::string_view what) {
  const auto kafka_code = static_cast<rd_kafka_resp_err_t>(code);
  core::ErrorCode ours = core::ErrorCode::unavailable;
  switch (kafka_code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
      ours = core::ErrorCode::too_large;
      break;
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
      ours = core::ErrorCode::timeout;
      break;
    default:
      break;
  }
  return core::fail(ours, fmt::format("{}: {}", what, rd_kafka_err2str(kafka_code)));
}

std::string text_of(const rd_kafka_error_s& error) {
  return rd_kafka_error_string(&error);
}

}  // namespace spillway::retry
