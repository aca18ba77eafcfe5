#include "retry_kafka/kafka_topics.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <span>
#include <unordered_map>
#include <utility>

#include "retry_kafka/kafka_client.hpp"
#include "retry_kafka/topic_plan.hpp"

namespace spillway::retry {
namespace {

constexpr int kAnswerMillis = 1000;  // more than the client has: it tells what was missing
constexpr int kSettleMillis = 100;   // between looks at topics that were made just now
constexpr int kSettleLooks = 100;

struct AdminDeleter {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_AdminOptions_t* options) const {
    rd_kafka_AdminOptions_destroy(options);
  }
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
  void operator()(rd_kafka_ConfigResource_t* resource) const {
    rd_kafka_ConfigResource_destroy(resource);
  }
  void operator()(rd_kafka_TopicCollection_t* topics) const {
    rd_kafka_TopicCollection_destroy(topics);
  }
};
template <class T>
using Owned = std::unique_ptr<T, AdminDeleter>;

// What one look needs: a client that asks, and how long each of its questions may take.
class Admin {
 public:
  Admin(const KafkaOptions& options, core::Duration timeout)
      : options_(options),
        context_("admin", options),
        timeout_millis_(static_cast<int>(
            std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count())) {}

  core::Result<void> open() {
    auto made = KafkaSettings(options_).make_producer(context_);
    if (!made) {
      return std::unexpected(std::move(made).error());
    }
    client_ = *std::move(made);
    queue_.reset(rd_kafka_queue_new(client_.get()));
    return {};
  }

  // Those of the names that exist, without their settings.
  core::Result<std::vector<ExistingTopic>> describe(const std::vector<std::string>& names);
  core::Result<void> read_settings(std::vector<ExistingTopic>& topics);
  // Another node may make them at the same time.
  core::Result<void> make(const std::vector<PlannedTopic>& topics);

  // Waits, and hears what the client has to say meanwhile.
  void settle() { rd_kafka_poll(client_.get(), kSettleMillis); }

 private:
  // Asks, and waits for the answer.
  core::Result<Owned<rd_kafka_event_t>> ask(
      rd_kafka_admin_op_t question, std::string_view what,
      const std::function<void(const rd_kafka_AdminOptions_t*)>& send) {
    const Owned<rd_kafka_AdminOptions_t> limits(rd_kafka_AdminOptions_new(client_.get(), question));
    rd_kafka_AdminOptions_set_request_timeout(limits.get(), timeout_millis_, nullptr, 0);
    send(limits.get());
    Owned<rd_kafka_event_t> answer(
        rd_kafka_queue_poll(queue_.get(), timeout_millis_ + kAnswerMillis));
    if (answer == nullptr) {
      return core::fail(core::ErrorCode::timeout, fmt::format("{}: no answer", what));
    }
    const rd_kafka_resp_err_t code = rd_kafka_event_error(answer.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      auto failed = kafka_failure(code, what);
      failed.error().message = fmt::format(
          "{}: {}", what, context_.without_secrets(rd_kafka_event_error_string(answer.get())));
      return failed;
    }
    return answer;
  }

  const KafkaOptions& options_;
  KafkaContext context_;
  const int timeout_millis_;
  KafkaClientPtr client_;
  Owned<rd_kafka_queue_t> queue_;  // goes before the client
};

ExistingTopic existing(const rd_kafka_TopicDescription_t& found) {
  ExistingTopic topic{.name = rd_kafka_TopicDescription_name(&found)};
  std::size_t count = 0;
  const auto* const* const partitions = rd_kafka_TopicDescription_partitions(&found, &count);
  topic.partitions = static_cast<std::int32_t>(count);
  for (const auto* const partition : std::span(partitions, count)) {
    std::size_t replicas = 0;
    rd_kafka_TopicPartitionInfo_replicas(partition, &replicas);
    const auto replication = static_cast<std::int32_t>(replicas);
    topic.replication =
        topic.replication == 0 ? replication : std::min(topic.replication, replication);
  }
  return topic;
}

core::Result<std::vector<ExistingTopic>> Admin::describe(const std::vector<std::string>& names) {
  std::vector<const char*> texts;
  for (const std::string& name : names) {
    texts.push_back(name.c_str());
  }
  const Owned<rd_kafka_TopicCollection_t> asked(
      rd_kafka_TopicCollection_of_topic_names(texts.data(), texts.size()));
  const auto answer =
      ask(RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, "the topics of the spool",
          [&](const rd_kafka_AdminOptions_t* limits) {
            rd_kafka_DescribeTopics(client_.get(), asked.get(), limits, queue_.get());
          });
  if (!answer) {
    return std::unexpected(answer.error());
  }
  std::vector<ExistingTopic> topics;
  std::size_t count = 0;
  const auto* const* const found = rd_kafka_DescribeTopics_result_topics(
      rd_kafka_event_DescribeTopics_result(answer->get()), &count);
  for (const auto* const topic : std::span(found, count)) {
    const rd_kafka_error_t* const error = rd_kafka_TopicDescription_error(topic);
    const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
      continue;
    }
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return kafka_failure(code, rd_kafka_TopicDescription_name(topic));
    }
    topics.push_back(existing(*topic));
  }
  return topics;
}

core::Result<void> Admin::read_settings(std::vector<ExistingTopic>& topics) {
  std::vector<Owned<rd_kafka_ConfigResource_t>> owned;
  std::vector<rd_kafka_ConfigResource_t*> asked;
  std::unordered_map<std::string_view, ExistingTopic*> by_name;
  for (ExistingTopic& topic : topics) {
    owned.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.name.c_str()));
    asked.push_back(owned.back().get());
    by_name[topic.name] = &topic;
  }
  if (asked.empty()) {
    return {};
  }
  const auto answer = ask(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, "the settings of the spool's topics",
                          [&](const rd_kafka_AdminOptions_t* limits) {
                            rd_kafka_DescribeConfigs(client_.get(), asked.data(), asked.size(),
                                                     limits, queue_.get());
                          });
  if (!answer) {
    return std::unexpected(answer.error());
  }
  std::size_t count = 0;
  const auto* const* const found = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(answer->get()), &count);
  for (const auto* const resource : std::span(found, count)) {
    const auto topic = by_name.find(rd_kafka_ConfigResource_name(resource));
    if (topic == by_name.end() ||
        rd_kafka_ConfigResource_error(resource) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      continue;  // nobody may ask
    }
    std::size_t entries = 0;
    const auto* const* const settings = rd_kafka_ConfigResource_configs(resource, &entries);
    for (const auto* const entry : std::span(settings, entries)) {
      const char* const value = rd_kafka_ConfigEntry_value(entry);
      topic->second->settings[rd_kafka_ConfigEntry_name(entry)] = value == nullptr ? "" : value;
    }
  }
  return {};
}

core::Result<void> Admin::make(const std::vector<PlannedTopic>& topics) {
  std::vector<Owned<rd_kafka_NewTopic_t>> owned;
  std::vector<rd_kafka_NewTopic_t*> asked;
  for (const PlannedTopic& topic : topics) {
    std::array<char, 256> why{};
    owned.emplace_back(rd_kafka_NewTopic_new(topic.name.c_str(), topic.partitions,
                                             options_.replication, why.data(), why.size()));
    if (owned.back() == nullptr) {
      return core::fail(core::ErrorCode::invalid_argument,
                        fmt::format("{}: {}", topic.name, why.data()));
    }
    for (const auto& [name, value] : topic.settings) {
      rd_kafka_NewTopic_set_config(owned.back().get(), name.c_str(), value.c_str());
    }
    asked.push_back(owned.back().get());
  }
  if (asked.empty()) {
    return {};
  }
  const auto answer =
      ask(RD_KAFKA_ADMIN_OP_CREATETOPICS, "making the topics of the spool",
          [&](const rd_kafka_AdminOptions_t* limits) {
            rd_kafka_CreateTopics(client_.get(), asked.data(), asked.size(), limits, queue_.get());
          });
  if (!answer) {
    return std::unexpected(answer.error());
  }
  std::size_t count = 0;
  const auto* const* const made = rd_kafka_CreateTopics_result_topics(
      rd_kafka_event_CreateTopics_result(answer->get()), &count);
  for (const auto* const topic : std::span(made, count)) {
    const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(topic);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
      const char* const why = rd_kafka_topic_result_error_string(topic);
      return core::fail(core::ErrorCode::unavailable,
                        fmt::format("{} cannot be made: {}", rd_kafka_topic_result_name(topic),
                                    why == nullptr ? rd_kafka_err2str(code) : why));
    }
  }
  return {};
}

std::vector<std::string> names_of(const std::vector<PlannedTopic>& topics) {
  std::vector<std::string> names;
  for (const PlannedTopic& topic : topics) {
    names.push_back(topic.name);
  }
  return names;
}

core::Result<TopicsFound> judge(Admin& admin, const KafkaOptions& options,
                                const KafkaLimits& limits, std::vector<ExistingTopic> topics) {
  if (auto read = admin.read_settings(topics); !read) {
    return std::unexpected(std::move(read).error());
  }
  return judge_topics(options, limits, topics);
}

}  // namespace

core::Result<void> check_options(const KafkaOptions& options) {
  return KafkaSettings(options).valid();
}

core::Result<TopicsFound> check_topics(const KafkaOptions& options, const KafkaLimits& limits,
                                       core::Duration timeout) {
  Admin admin(options, timeout);
  if (auto opened = admin.open(); !opened) {
    return std::unexpected(std::move(opened).error());
  }
  auto found = admin.describe(names_of(plan_topics(options, limits)));
  if (!found) {
    return std::unexpected(std::move(found).error());
  }
  return judge(admin, options, limits, *std::move(found));
}

core::Result<TopicsFound> make_topics(const KafkaOptions& options, const KafkaLimits& limits,
                                      core::Duration timeout) {
  Admin admin(options, timeout);
  if (auto opened = admin.open(); !opened) {
    return std::unexpected(std::move(opened).error());
  }
  const std::vector<PlannedTopic> planned = plan_topics(options, limits);
  auto found = admin.describe(names_of(planned));
  if (!found) {
    return std::unexpected(std::move(found).error());
  }
  std::vector<PlannedTopic> missing;
  std::ranges::copy_if(planned, std::back_inserter(missing), [&](const PlannedTopic& topic) {
    return std::ranges::find(*found, topic.name, &ExistingTopic::name) == found->end();
  });
  if (auto made = admin.make(missing); !made) {
    return std::unexpected(std::move(made).error());
  }
  // The broker that answers may not have heard of them yet.
  for (int look = 0; found->size() < planned.size() && look < kSettleLooks; ++look) {
    admin.settle();
    found = admin.describe(names_of(planned));
    if (!found) {
      return std::unexpected(std::move(found).error());
    }
  }
  return judge(admin, options, limits, *std::move(found));
}

}  // namespace spillway::retry
