#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "retry_kafka/kafka_topic_reader.hpp"
#include "retry_kafka/kafka_topics.hpp"
#include "tests/integration/kafka/adapter/bench.hpp"

namespace spillway::retry {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing_support::ask_harness;
using testing_support::Desk;
using testing_support::limits_of;
using testing_support::options_from_environment;
using testing_support::Worker;
using testing_support::Writer;

constexpr core::Duration kAnswer = std::chrono::seconds(10);

TEST(KafkaTopics, are_made_once_and_found_without_fault) {
  const KafkaOptions options = options_from_environment();
  const auto before = check_topics(options, limits_of("n"), kAnswer);
  ASSERT_TRUE(before) << before.error().message;
  EXPECT_THAT(before->missing, SizeIs(12));
  EXPECT_EQ(before->ledger_partitions, 0);
  for (int i = 0; i < 2; ++i) {
    const auto made = make_topics(options, limits_of("n"), kAnswer);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_THAT(made->problems, IsEmpty());
    EXPECT_THAT(made->missing, IsEmpty());
    EXPECT_THAT(made->notes, IsEmpty());
    EXPECT_THAT(made->warnings, ElementsAre(HasSubstr("replication 1")));
    EXPECT_EQ(made->ledger_partitions, 2);
  }
}

TEST(KafkaTopics, faults_of_those_there_are_told) {
  const auto found = check_topics(options_from_environment(), limits_of("n"), kAnswer);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(found->problems, Contains(HasSubstr("retention.ms is 604800000, and must be -1")));
  EXPECT_THAT(found->problems, Contains(HasSubstr("message.timestamp.type is CreateTime")));
  EXPECT_THAT(found->problems, Contains(HasSubstr("max.message.bytes is 1048588")));
  EXPECT_THAT(found->notes, Contains(HasSubstr("3 partitions, which count")));
  EXPECT_EQ(found->ledger_partitions, 3);
  EXPECT_THAT(found->missing, SizeIs(10));
}

TEST(KafkaTopics, more_replicas_than_brokers_are_refused_in_words) {
  KafkaOptions options = options_from_environment();
  options.replication = 3;
  const auto made = make_topics(options, limits_of("n"), kAnswer);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("cannot be made"));
  EXPECT_THAT(made.error().message, testing::ContainsRegex("[Rr]eplication"));
}

TEST(KafkaTopics, a_cluster_that_is_not_there_is_told_in_time) {
  KafkaOptions options = options_from_environment();
  options.brokers = "127.0.0.1:1";
  const auto begun = std::chrono::steady_clock::now();
  const auto found = check_topics(options, limits_of("n"), std::chrono::seconds(2));
  ASSERT_FALSE(found);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(6));
}

class TopicReaderCase : public testing::Test {
 protected:
  void SetUp() override { testing_support::make_spool_topics(options); }

  void write(std::size_t count) {
    Writer writer(options);
    writer.await_up();
    for (std::size_t i = 0; i < count; ++i) {
      const auto written = writer.write({partition.topic, {"k", {}, "v"}, partition.number});
      ASSERT_TRUE(written) << written.error().message;
    }
  }

  void open(std::int64_t offset) {
    auto made = KafkaTopicReader::make(options, limits_of("n"), partition, offset);
    ASSERT_TRUE(made) << made.error().message;
    reader = *std::move(made);
    offsets.clear();
    errors.clear();
    caught_up = false;
  }

  void poll() {
    auto news = reader->poll(2);
    if (!news) {
      errors.push_back(news.error().code);
      return;
    }
    EXPECT_LE(news->messages.size(), 2U);
    for (const StoredMessage& message : news->messages) {
      offsets.push_back(message.offset);
    }
    caught_up = news->caught_up;
  }

  void read_until(const std::function<bool()>& condition) {
    desk.run_until(condition, [&] { poll(); });
  }
  void catch_up() {
    read_until([&] { return caught_up; });
  }

  const KafkaOptions options = options_from_environment();
  const TopicPartition partition{Topics(options.topic_prefix).ledger(), 1};
  Desk desk;
  std::unique_ptr<KafkaTopicReader> reader;
  std::vector<std::int64_t> offsets;
  std::vector<core::ErrorCode> errors;
  bool caught_up = false;
};

TEST_F(TopicReaderCase, an_empty_partition_is_caught_up_with) {
  open(0);
  catch_up();
  EXPECT_THAT(offsets, IsEmpty());
  write(1);
  read_until([&] { return offsets.size() == 1; });
  EXPECT_TRUE(caught_up);
  EXPECT_THAT(errors, IsEmpty());
}

TEST_F(TopicReaderCase, reads_from_the_beginning_or_from_where_it_is_told) {
  write(5);
  open(0);
  catch_up();
  EXPECT_THAT(offsets, ElementsAre(0, 1, 2, 3, 4));
  open(3);
  catch_up();
  EXPECT_THAT(offsets, ElementsAre(3, 4));
  open(5);
  catch_up();
  EXPECT_THAT(offsets, IsEmpty());
}

TEST_F(TopicReaderCase, a_transaction_at_the_end_is_caught_up_with) {
  write(1);
  Worker worker(options, "n1");
  desk.run_until([&] { return !worker.positions.empty(); }, [&] { worker.poll(); });
  for (int i = 0; i < 2; ++i) {
    const auto committed =
        worker.commit({{{partition.topic, {"k", {}, "v"}, partition.number}}, {}});
    ASSERT_TRUE(committed) << committed.error().message;
  }
  worker.close();
  open(0);
  catch_up();
  EXPECT_THAT(offsets, ElementsAre(0, 1, 3));  // the others are the transactions' own
  open(4);                                     // behind the last message, before the marker's end
  catch_up();
  EXPECT_THAT(offsets, IsEmpty());
  EXPECT_THAT(errors, IsEmpty());
}

TEST_F(TopicReaderCase, what_is_gone_is_told_once_and_reading_goes_on) {
  write(3);
  open(1000);
  read_until([&] { return offsets.size() == 3; });
  EXPECT_THAT(offsets, ElementsAre(0, 1, 2));
  EXPECT_THAT(errors, ElementsAre(core::ErrorCode::corrupt));
  ask_harness("delete the first two of the ledger");
  open(1);
  read_until([&] { return offsets.size() == 1; });
  EXPECT_THAT(offsets, ElementsAre(2));
  EXPECT_THAT(errors, ElementsAre(core::ErrorCode::corrupt));
  open(0);  // the beginning, wherever that is
  catch_up();
  EXPECT_THAT(offsets, ElementsAre(2));
  EXPECT_THAT(errors, IsEmpty());
}

TEST_F(TopicReaderCase, goes_on_after_an_outage) {
  write(1);
  open(0);
  catch_up();
  ask_harness("stop");
  read_until([&] { return !errors.empty(); });
  EXPECT_EQ(errors.front(), core::ErrorCode::unavailable);
  ask_harness("start");
  write(1);
  read_until([&] { return offsets.size() == 2; });
  EXPECT_THAT(offsets, ElementsAre(0, 1));
}

}  // namespace
}  // namespace spillway::retry
