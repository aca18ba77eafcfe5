#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/integration/kafka/adapter/bench.hpp"

namespace spillway::retry {
namespace {

using testing_support::ask_harness;
using testing_support::limits_of;
using testing_support::options_from_environment;
using testing_support::Writer;

OutgoingMessage message(std::string key, std::string value) {
  const Topics topics(options_from_environment().topic_prefix);
  return {.topic = topics.retry(kTiers.front()),
          .message = {.key = std::move(key),
                      .headers = {{"spillway-hop", "0"}, {"h-x-shop", "ä"}, {"h-empty", ""}},
                      .value = std::move(value)}};
}

class RecordProducerCase : public testing::Test {
 protected:
  void SetUp() override { testing_support::make_spool_topics(options_from_environment()); }
};

TEST_F(RecordProducerCase, writes_keys_headers_and_values) {
  Writer writer(options_from_environment());
  writer.await_up();
  EXPECT_TRUE(writer.write(message("k1", "body one")));
  EXPECT_TRUE(writer.write(message("k2", "")));
  OutgoingMessage third = message("k3", "body three");
  third.partition = 1;
  EXPECT_TRUE(writer.write(std::move(third)));
}

TEST_F(RecordProducerCase, takes_nothing_while_no_broker_is_known) {
  KafkaOptions nowhere = options_from_environment();
  nowhere.brokers = "127.0.0.1:1";
  Writer writer(nowhere);
  EXPECT_FALSE(writer.producer().takes(1));
  EXPECT_FALSE(writer.gauge_up());
  const auto written = writer.write(message("k", "v"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, core::ErrorCode::timeout);
  EXPECT_FALSE(writer.producer().takes(1));
}

TEST_F(RecordProducerCase, a_message_that_is_too_large_is_refused_and_others_are_taken) {
  KafkaLimits limits = limits_of("writer");
  limits.message_bytes_max = 10'000;
  Writer writer(options_from_environment(), limits);
  writer.await_up();
  EXPECT_FALSE(writer.producer().takes(10'000));
  const auto written = writer.write(message("k", std::string(20'000, 'x')));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, core::ErrorCode::too_large);
  EXPECT_TRUE(writer.producer().takes(1000));
  EXPECT_TRUE(writer.write(message("k", "small")));
}

TEST_F(RecordProducerCase, takes_no_more_than_its_queue_holds) {
  KafkaLimits limits = limits_of("writer");
  limits.write_bytes_max = 100'000;
  Writer writer(options_from_environment(), limits);
  writer.await_up();
  ask_harness("freeze");
  std::size_t answered = 0;
  std::size_t written = 0;
  for (; written < 1000 && writer.producer().takes(10'000); ++written) {
    writer.producer().write(message("k", std::string(10'000, 'x')), writer.desk,
                            [&](const core::Result<void>&) { ++answered; });
  }
  EXPECT_LT(written, 11U);
  ask_harness("thaw");
  writer.desk.run_until([&] { return answered == written; });
  writer.await_up();
}

TEST_F(RecordProducerCase, goes_on_after_an_outage) {
  Writer writer(options_from_environment());
  writer.await_up();
  EXPECT_TRUE(writer.write(message("before", "v")));
  ask_harness("stop");
  const auto lost = writer.write(message("during", "v"));
  ASSERT_FALSE(lost);
  writer.await_down();
  ask_harness("start");
  writer.await_up();
  EXPECT_TRUE(writer.write(message("after", "v")));
}

TEST_F(RecordProducerCase, what_is_not_there_by_the_end_is_called_back) {
  Writer writer(options_from_environment());
  writer.await_up();
  ask_harness("freeze");
  std::vector<core::Result<void>> answers;
  for (int i = 0; i < 10; ++i) {
    writer.producer().write(message("k", "v"), writer.desk,
                            [&](core::Result<void> it) { answers.push_back(std::move(it)); });
  }
  writer.producer().close(std::chrono::milliseconds(100));
  writer.producer().write(message("k", "late"), writer.desk,
                          [&](core::Result<void> it) { answers.push_back(std::move(it)); });
  writer.desk.run_until([&] { return answers.size() == 11; });
  for (const auto& answer : answers) {
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, core::ErrorCode::unavailable);
  }
  ask_harness("thaw");
}

TEST(WrongPassword, takes_nothing) {
  Writer writer(options_from_environment());
  const auto written = writer.write(message("k", "v"));
  EXPECT_FALSE(written);
  EXPECT_FALSE(writer.producer().takes(1));
}

}  // namespace
}  // namespace spillway::retry
