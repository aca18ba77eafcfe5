#include "retry_kafka/topic_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "retry/topics.hpp"

namespace spillway::retry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const KafkaOptions kOptions{.brokers = "k1"};
const KafkaLimits kLimits{.node = "n1"};

// A cluster with all topics as they are planned.
std::vector<ExistingTopic> as_planned(const KafkaOptions& options = kOptions) {
  std::vector<ExistingTopic> topics;
  for (const PlannedTopic& planned : plan_topics(options, kLimits)) {
    topics.push_back({planned.name, planned.partitions, options.replication, planned.settings});
  }
  return topics;
}

ExistingTopic& topic(std::vector<ExistingTopic>& topics, const std::string& name) {
  return *std::ranges::find(topics, name, &ExistingTopic::name);
}

TEST(TopicPlan, has_eight_tiers_and_four_more) {
  const auto planned = plan_topics(kOptions, kLimits);
  EXPECT_THAT(planned, SizeIs(kTiers.size() + 4));
  const auto control = std::ranges::find(planned, "spillway-control", &PlannedTopic::name);
  EXPECT_EQ(control->partitions, 1);
  EXPECT_EQ(control->settings.at("cleanup.policy"), "compact");
  const auto accepted = std::ranges::find(planned, "spillway-accepted", &PlannedTopic::name);
  EXPECT_EQ(accepted->partitions, kOptions.partitions);
  EXPECT_EQ(accepted->settings.at("cleanup.policy"), "compact");
  EXPECT_EQ(accepted->settings.at("delete.retention.ms"), "2592000000");
  for (const core::Duration tier : kTiers) {
    const auto found =
        std::ranges::find(planned, Topics("spillway").retry(tier), &PlannedTopic::name);
    ASSERT_NE(found, planned.end());
    EXPECT_EQ(found->partitions, kOptions.partitions);
    EXPECT_EQ(found->settings.at("retention.ms"), "-1");
    EXPECT_EQ(found->settings.at("message.timestamp.type"), "LogAppendTime");
  }
}

TEST(TopicPlan, copies_are_kept_by_three_brokers_or_the_node_does_not_run) {
  KafkaLimits limits = kLimits;
  limits.replicates = true;
  EXPECT_THAT(judge_topics(kOptions, limits, as_planned()).problems, IsEmpty());
  auto topics = as_planned();
  topic(topics, "spillway-accepted").settings["min.insync.replicas"] = "1";
  topic(topics, "spillway-ledger").replication = 2;
  EXPECT_THAT(judge_topics(kOptions, kLimits, topics).problems, IsEmpty());
  const TopicsFound found = judge_topics(kOptions, limits, topics);
  EXPECT_THAT(found.problems, UnorderedElementsAre(
                                  HasSubstr("spillway-ledger: replication 2, and must be at least"),
                                  HasSubstr("spillway-accepted: min.insync.replicas is 1")));
}

TEST(TopicPlan, what_is_as_planned_is_found_without_fault) {
  const TopicsFound found = judge_topics(kOptions, kLimits, as_planned());
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_THAT(found.warnings, IsEmpty());
  EXPECT_THAT(found.notes, IsEmpty());
  EXPECT_THAT(found.missing, IsEmpty());
  EXPECT_EQ(found.ledger_partitions, kOptions.partitions);
  EXPECT_EQ(found.accepted_partitions, kOptions.partitions);
}

TEST(TopicPlan, names_what_is_missing) {
  auto topics = as_planned();
  std::erase_if(topics, [](const ExistingTopic& it) { return it.name == "spillway-ledger"; });
  const TopicsFound found = judge_topics(kOptions, kLimits, topics);
  EXPECT_THAT(found.missing, ElementsAre("spillway-ledger"));
  EXPECT_EQ(found.ledger_partitions, 0);
}

TEST(TopicPlan, one_broker_is_a_warning_told_once) {
  KafkaOptions alone = kOptions;
  alone.replication = 1;
  const TopicsFound found = judge_topics(alone, kLimits, as_planned(alone));
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_THAT(found.warnings, ElementsAre(HasSubstr("replication 1")));
}

TEST(TopicPlan, weak_acknowledgements_are_warnings) {
  auto topics = as_planned();
  topic(topics, "spillway-ledger").settings["min.insync.replicas"] = "1";
  topic(topics, "spillway-dlt").settings["unclean.leader.election.enable"] = "true";
  EXPECT_THAT(judge_topics(kOptions, kLimits, topics).warnings,
              ElementsAre(HasSubstr("unclean.leader.election.enable is true"),
                          HasSubstr("min.insync.replicas is 1")));
}

TEST(TopicPlan, what_prunes_waiting_deliveries_is_a_problem) {
  auto topics = as_planned();
  topic(topics, "spillway-retry-30000").settings["retention.ms"] = "604800000";
  topic(topics, "spillway-retry-120000").settings["retention.bytes"] = "1000000";
  topic(topics, "spillway-retry-600000").settings["cleanup.policy"] = "compact";
  topic(topics, "spillway-control").settings["cleanup.policy"] = "compact,delete";
  EXPECT_THAT(judge_topics(kOptions, kLimits, topics).problems,
              ElementsAre(HasSubstr("retention.ms is 604800000, and must be -1"),
                          HasSubstr("retention.bytes is 1000000, and must be -1"),
                          HasSubstr("cleanup.policy is compact, and must be delete"),
                          HasSubstr("cleanup.policy is compact,delete, and must be compact")));
}

TEST(TopicPlan, times_of_producers_and_small_messages_are_problems) {
  auto topics = as_planned();
  topic(topics, "spillway-retry-30000").settings["message.timestamp.type"] = "CreateTime";
  topic(topics, "spillway-dlt").settings["max.message.bytes"] = "1048588";
  EXPECT_THAT(judge_topics(kOptions, kLimits, topics).problems,
              ElementsAre(HasSubstr("message.timestamp.type is CreateTime"),
                          HasSubstr("spillway-dlt: max.message.bytes is 1048588")));
}

TEST(TopicPlan, a_shorter_memory_of_fates_is_a_warning) {
  auto topics = as_planned();
  topic(topics, "spillway-ledger").settings["retention.ms"] = "86400000";
  topic(topics, "spillway-dlt").settings["retention.ms"] = "-1";
  EXPECT_THAT(judge_topics(kOptions, kLimits, topics).warnings,
              ElementsAre(HasSubstr("spillway-ledger: retention.ms is 86400000")));
}

TEST(TopicPlan, the_clusters_partitions_count) {
  auto topics = as_planned();
  topic(topics, "spillway-ledger").partitions = 24;
  const TopicsFound found = judge_topics(kOptions, kLimits, topics);
  EXPECT_THAT(found.notes, ElementsAre(HasSubstr("spillway-ledger: 24 partitions, which count")));
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_EQ(found.ledger_partitions, 24);
}

TEST(TopicPlan, a_control_topic_of_several_partitions_is_a_problem) {
  auto topics = as_planned();
  topic(topics, "spillway-control").partitions = 2;
  EXPECT_THAT(judge_topics(kOptions, kLimits, topics).problems,
              ElementsAre(HasSubstr("spillway-control: 2 partitions, and must be one")));
}

TEST(TopicPlan, settings_that_nobody_may_read_are_a_warning) {
  auto topics = as_planned();
  topic(topics, "spillway-ledger").settings.clear();
  const TopicsFound found = judge_topics(kOptions, kLimits, topics);
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_THAT(found.warnings, ElementsAre(HasSubstr("cannot be read")));
}

}  // namespace
}  // namespace spillway::retry
