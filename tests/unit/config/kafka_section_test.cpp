#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "config/sections.hpp"

namespace spillway::config {
namespace {

struct Read {
  Config config;
  std::string problems;
};

// The section alone, since load() does not read it yet.
Read read(const std::string& text) {
  Read result;
  Problems problems;
  const Document document{"test.yaml", "/etc/spillway", &problems};
  read_kafka(Node(document, YAML::Load(text), "kafka"), result.config);
  result.problems = to_string(problems);
  return result;
}

testing::AssertionResult says(const std::string& problems, std::string_view expected) {
  if (problems.contains(expected)) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << "not in: " << problems;
}

TEST(KafkaSection, reads_all_of_it) {
  const Read done = read(
      "{ brokers: 'k1:9092,k2:9092', topic_prefix: hooks, partitions: 6, replication: 1,\n"
      "  properties: { security.protocol: SASL_SSL, sasl.password: secret } }");
  EXPECT_EQ(done.problems, "");
  ASSERT_TRUE(done.config.kafka);
  const retry::KafkaOptions expected{
      .brokers = "k1:9092,k2:9092",
      .topic_prefix = "hooks",
      .partitions = 6,
      .replication = 1,
      .properties = {{"security.protocol", "SASL_SSL"}, {"sasl.password", "secret"}}};
  EXPECT_EQ(*done.config.kafka, expected);
}

TEST(KafkaSection, has_defaults_but_for_the_brokers) {
  EXPECT_EQ(*read("{ brokers: k1 }").config.kafka, retry::KafkaOptions{.brokers = "k1"});
  EXPECT_TRUE(says(read("{ partitions: 3 }").problems, "\"brokers\" is missing"));
}

TEST(KafkaSection, an_unknown_key_is_a_problem) {
  EXPECT_TRUE(
      says(read("{ brokers: k1, topics_prefix: a }").problems, "did you mean \"topic_prefix\"?"));
}

TEST(KafkaSection, what_spillway_sets_itself_is_refused_whatever_its_name) {
  for (const std::string property :
       {"acks", "request.required.acks", "enable.idempotence", "transactional.id", "group.id",
        "isolation.level", "bootstrap.servers", "metadata.broker.list", "plugin.library.paths"}) {
    EXPECT_TRUE(says(read("{ brokers: k1, properties: { " + property + ": all } }").problems,
                     "kafka.properties." + property + ": \"" + property + "\" is set by Spillway"));
  }
}

TEST(KafkaSection, no_message_shows_a_value_that_may_be_secret) {
  const std::string problems =
      read(
          "{ brokers: 'user:hidden@k1', topic_prefix: ok,\n"
          "  properties: { transactional.id: hidden, sasl.password: [ hidden ] } }")
          .problems;
  EXPECT_TRUE(says(problems, "expected brokers as host:port"));
  EXPECT_TRUE(says(problems, "found a list, expected a text"));
  EXPECT_FALSE(problems.contains("hidden")) << problems;
}

TEST(KafkaSection, a_prefix_must_fit_the_name_of_a_topic) {
  EXPECT_TRUE(says(read("{ brokers: k1, topic_prefix: 'a b' }").problems, "names of topics"));
  EXPECT_TRUE(says(read("{ brokers: k1, topic_prefix: '' }").problems, "names of topics"));
  EXPECT_TRUE(says(read("{ brokers: k1, topic_prefix: " + std::string(201, 'a') + " }").problems,
                   "names of topics"));
}

TEST(KafkaSection, brokers_are_separated_by_commas_alone) {
  for (const char* const brokers : {"''", "'k1, k2'", "'k1,,k2'", "',k1'", "'kafka://k1'"}) {
    EXPECT_TRUE(says(read(std::string("{ brokers: ") + brokers + " }").problems,
                     "kafka.brokers: expected brokers as host:port"));
  }
}

TEST(KafkaSection, counts_have_limits) {
  EXPECT_TRUE(says(read("{ brokers: k1, partitions: 0 }").problems, "from 1 to 1000"));
  EXPECT_TRUE(says(read("{ brokers: k1, replication: 0 }").problems, "from 1 to 32"));
}

}  // namespace
}  // namespace spillway::config
