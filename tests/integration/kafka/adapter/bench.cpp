#include "tests/integration/kafka/adapter/bench.hpp"

#include <cstdlib>
#include <iostream>
#include <optional>
#include <sstream>

#include "core/log.hpp"
#include "retry_kafka/kafka_topics.hpp"

namespace spillway::retry::testing_support {
namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

KafkaOptions options_from_environment() {
  core::configure_log(core::LogLevel::debug, core::LogFormat::text);
  KafkaOptions options;
  options.brokers = variable("KAFKA_BROKERS");
  options.topic_prefix = variable("KAFKA_PREFIX");
  options.partitions = 2;
  options.replication = 1;
  std::istringstream properties(variable("KAFKA_PROPERTIES"));
  for (std::string line; std::getline(properties, line);) {
    const std::size_t at = line.find('=');
    options.properties[line.substr(0, at)] = line.substr(at + 1);
  }
  return options;
}

KafkaLimits limits_of(std::string node) {
  KafkaLimits limits;
  limits.node = std::move(node);
  return limits;
}

void make_spool_topics(const KafkaOptions& options) {
  const auto made = make_topics(options, limits_of("n"), std::chrono::seconds(20));
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE(made->problems.empty()) << made->problems.front();
}

void ask_harness(const std::string& what) {
  std::cout << "ask: " << what << std::endl;  // NOLINT(performance-avoid-endl): it is waited for
  std::string answer;
  std::getline(std::cin, answer);
  ASSERT_EQ(answer, "done");
}

void Desk::post(core::Task task) {
  const std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  posted_.notify_one();
}

core::TimerId Desk::run_at(core::Time /*due*/, core::Task /*task*/) {
  return 0;  // nobody here asks for it
}

void Desk::cancel(core::TimerId /*timer*/) {}

bool Desk::run_one() {
  core::Task task;
  {
    std::unique_lock lock(mutex_);
    posted_.wait_for(lock, std::chrono::milliseconds(5), [&] { return !tasks_.empty(); });
    if (tasks_.empty()) {
      return false;
    }
    task = std::move(tasks_.front());
    tasks_.pop_front();
  }
  task();
  return true;
}

void Desk::run_until(const std::function<bool()>& condition, const std::function<void()>& step,
                     std::chrono::seconds limit) {
  const auto give_up = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) {
      throw std::runtime_error("the condition did not come true in time");
    }
    step();
    while (run_one()) {
    }
  }
}

Writer::Writer(const KafkaOptions& options, const KafkaLimits& limits) {
  auto made = RecordProducer::make(options, limits, clock_, probe_);
  if (!made) {
    throw std::runtime_error(made.error().message);
  }
  producer_ = *std::move(made);
}

core::Result<void> Writer::write(OutgoingMessage message) {
  std::optional<core::Result<void>> answer;
  producer_->write(std::move(message), desk, [&](core::Result<void> it) { answer = it; });
  EXPECT_FALSE(answer) << "called back from within the call";
  desk.run_until([&] { return answer.has_value(); });
  return *answer;
}

bool Writer::gauge_up() {
  return registry_.gauge("spillway_kafka_up", "").value() == 1;
}

void Writer::await_up() {
  desk.run_until([&] { return producer_->takes(1000); });
  EXPECT_TRUE(gauge_up());
}

void Writer::await_down() {
  desk.run_until([&] { return !producer_->takes(1000); });
  EXPECT_FALSE(gauge_up());
}

Worker::Worker(const KafkaOptions& options, const std::string& node) {
  auto made = KafkaRetryLog::make(options, limits_of(node));
  if (!made) {
    throw std::runtime_error(made.error().message);
  }
  log = *std::move(made);
}

void Worker::assigned(const std::vector<RetryPosition>& found) {
  for (const RetryPosition& position : found) {
    if (!positions.emplace(position.partition, position).second) {
      complaints.push_back("assigned twice: " + position.partition.topic);
    }
  }
}

void Worker::revoking(const std::vector<TopicPartition>& partitions) {
  on_revoking();
  for (const TopicPartition& partition : partitions) {
    revoked += positions.erase(partition);
  }
}

void Worker::lost(const std::vector<TopicPartition>& partitions) {
  for (const TopicPartition& partition : partitions) {
    lost_count += positions.erase(partition);
  }
}

void Worker::received(StoredMessage message) {
  if (!positions.contains(message.partition)) {
    complaints.push_back("received from what is not assigned: " + message.partition.topic);
  }
  messages.push_back(std::move(message));
}

void Worker::poll() {
  static_cast<void>(log->poll(*this, 100));  // an error is told, and polled on
}

std::vector<std::int64_t> Worker::offsets(const TopicPartition& partition) const {
  std::vector<std::int64_t> found;
  for (const StoredMessage& message : messages) {
    if (message.partition == partition) {
      found.push_back(message.offset);
    }
  }
  return found;
}

}  // namespace spillway::retry::testing_support
