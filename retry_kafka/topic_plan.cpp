#include "retry_kafka/topic_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include "retry/topics.hpp"

namespace spillway::retry {
namespace {

constexpr const char* kCleanup = "cleanup.policy";
constexpr const char* kRetentionTime = "retention.ms";
constexpr const char* kRetentionBytes = "retention.bytes";
constexpr const char* kTimestamps = "message.timestamp.type";
constexpr const char* kMessageBytes = "max.message.bytes";
constexpr const char* kTombstones = "delete.retention.ms";
constexpr const char* kInSync = "min.insync.replicas";
constexpr const char* kUnclean = "unclean.leader.election.enable";
constexpr const char* kForever = "-1";
constexpr const char* kByTheLog = "LogAppendTime";

constexpr std::int64_t kMessageBytesMin = 1'048'588;  // Kafka's own default
constexpr std::chrono::milliseconds kLedgerKept = std::chrono::days(30);
// By what was ended by others a node learns, when it returns, what is not its own any more.
constexpr std::chrono::milliseconds kTombstonesKept = std::chrono::days(30);
constexpr std::chrono::milliseconds kDeadKept = std::chrono::days(14);
constexpr std::int64_t kInSyncMin = 2;

std::optional<std::int64_t> number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

// Findings about several topics become one sentence.
class Findings {
 public:
  void add(const std::string& topic, std::string what) {
    for (auto& [known, topics] : all_) {
      if (known == what) {
        topics.push_back(topic);
        return;
      }
    }
    all_.emplace_back(std::move(what), std::vector{topic});
  }

  [[nodiscard]] std::vector<std::string> sentences() const {
    std::vector<std::string> made;
    made.reserve(all_.size());
    for (const auto& [what, topics] : all_) {
      made.push_back(fmt::format("{}: {}", fmt::join(topics, ", "), what));
    }
    return made;
  }

 private:
  std::vector<std::pair<std::string, std::vector<std::string>>> all_;
};

class Judge {
 public:
  Judge(const KafkaOptions& options, const KafkaLimits& limits)
      : options_(options), limits_(limits) {}

  void judge(const PlannedTopic& planned, const ExistingTopic& topic) {
    judge_partitions(planned, topic);
    judge_replication(topic);
    if (topic.settings.empty()) {
      warnings_.add(topic.name, "its settings cannot be read: let Spillway's user describe them");
      return;
    }
    judge_kept(planned, topic);
    judge_bytes(planned, topic);
    const std::string& timestamps = setting(topic, kTimestamps);
    if (timestamps != kByTheLog) {
      problems_.add(topic.name, fmt::format("{} is {}, which must be {}: what waits is due by the "
                                            "clock of the log",
                                            kTimestamps, timestamps, kByTheLog));
    }
  }

  [[nodiscard]] TopicsFound result() && {
    TopicsFound found;
    found.problems = problems_.sentences();
    found.warnings = warnings_.sentences();
    found.notes = notes_.sentences();
    return found;
  }

 private:
  static const std::string& setting(const ExistingTopic& topic, const char* name) {
    static const std::string kNone;
    const auto found = topic.settings.find(name);
    return found == topic.settings.end() ? kNone : found->second;
  }

  void judge_partitions(const PlannedTopic& planned, const ExistingTopic& topic) {
    if (topic.name == Topics(options_.topic_prefix).control()) {
      if (topic.partitions != 1) {
        problems_.add(topic.name, fmt::format("{} partitions, and must be one, which all nodes "
                                              "read in the same order",
                                              topic.partitions));
      }
    } else if (topic.partitions != planned.partitions) {
      notes_.add(topic.name, fmt::format("{} partitions, which count; kafka.partitions, {}, is for "
                                         "topics that are made",
                                         topic.partitions, planned.partitions));
    }
  }

  void judge_replication(const ExistingTopic& topic) {
    if (topic.replication < kReplicationMin) {
      if (limits_.replicates) {
        problems_.add(topic.name, fmt::format("replication {}, and must be at least {}: a source "
                                              "has ack: replicated",
                                              topic.replication, kReplicationMin));
        return;
      }
      warnings_.add(topic.name, fmt::format("replication {}: with fewer than {}, what waits there "
                                            "may be lost with a broker",
                                            topic.replication, kReplicationMin));
      return;
    }
    Findings& findings = limits_.replicates ? problems_ : warnings_;
    const auto in_sync = number(setting(topic, kInSync));
    if (in_sync && *in_sync < kInSyncMin) {
      findings.add(topic.name, fmt::format("{} is {}: with less than {}, what was written may "
                                           "stand on one broker only",
                                           kInSync, *in_sync, kInSyncMin));
    }
    if (setting(topic, kUnclean) == "true") {
      findings.add(topic.name, fmt::format("{} is true: what was written may be lost", kUnclean));
    }
  }

  // What must stay until it was read is pruned by nothing else.
  void judge_kept(const PlannedTopic& planned, const ExistingTopic& topic) {
    const std::string& cleanup = planned.settings.at(kCleanup);
    if (setting(topic, kCleanup) != cleanup) {
      problems_.add(topic.name, fmt::format("{} is {}, and must be {}", kCleanup,
                                            setting(topic, kCleanup), cleanup));
    }
    for (const char* const name : {kRetentionTime, kRetentionBytes}) {
      const std::string& wanted = planned.settings.at(name);
      const std::string& found = setting(topic, name);
      if (wanted == kForever && found != kForever) {
        problems_.add(topic.name, fmt::format("{} is {}, and must be {}: what is there must stay "
                                              "until it was read",
                                              name, found, kForever));
      } else if (wanted != kForever && found != kForever &&
                 number(found).value_or(0) < *number(wanted)) {
        warnings_.add(topic.name, fmt::format("{} is {}, less than {}", name, found, wanted));
      }
    }
  }

  void judge_bytes(const PlannedTopic& planned, const ExistingTopic& topic) {
    const std::string& wanted = planned.settings.at(kMessageBytes);
    const std::string& found = setting(topic, kMessageBytes);
    if (number(found).value_or(0) < *number(wanted)) {
      problems_.add(topic.name, fmt::format("{} is {}, and must be at least {}, the limit of a "
                                            "body and what goes with it",
                                            kMessageBytes, found, wanted));
    }
  }

  const KafkaOptions& options_;
  const KafkaLimits& limits_;
  Findings problems_;
  Findings warnings_;
  Findings notes_;
};

}  // namespace

std::vector<PlannedTopic> plan_topics(const KafkaOptions& options, const KafkaLimits& limits) {
  const Topics topics(options.topic_prefix);
  const auto largest = static_cast<std::int64_t>(limits.message_bytes_max);
  TopicSettings kept{{kCleanup, "delete"},
                     {kRetentionTime, kForever},
                     {kRetentionBytes, kForever},
                     {kTimestamps, kByTheLog},
                     {kMessageBytes, std::to_string(std::max(largest, kMessageBytesMin))}};
  if (options.replication >= kReplicationMin) {
    kept[kInSync] = std::to_string(kInSyncMin);
  }
  std::vector<PlannedTopic> planned;
  const auto add = [&](std::string name, std::int32_t partitions) -> TopicSettings& {
    planned.push_back({std::move(name), partitions, kept});
    return planned.back().settings;
  };
  for (const core::Duration tier : kTiers) {
    add(topics.retry(tier), options.partitions);
  }
  add(topics.dead(), options.partitions)[kRetentionTime] = std::to_string(kDeadKept.count());
  TopicSettings& ledger = add(topics.ledger(), options.partitions);
  ledger[kRetentionTime] = std::to_string(kLedgerKept.count());
  ledger[kMessageBytes] = std::to_string(kMessageBytesMin);
  TopicSettings& control = add(topics.control(), 1);
  control[kCleanup] = "compact";
  control[kMessageBytes] = std::to_string(kMessageBytesMin);
  TopicSettings& accepted = add(topics.accepted(), options.partitions);
  accepted[kCleanup] = "compact";
  accepted[kTombstones] = std::to_string(kTombstonesKept.count());
  return planned;
}

TopicsFound judge_topics(const KafkaOptions& options, const KafkaLimits& limits,
                         const std::vector<ExistingTopic>& existing) {
  Judge judge(options, limits);
  std::vector<std::string> missing;
  std::int32_t ledger_partitions = 0;
  std::int32_t accepted_partitions = 0;
  for (const PlannedTopic& planned : plan_topics(options, limits)) {
    const auto found = std::ranges::find(existing, planned.name, &ExistingTopic::name);
    if (found == existing.end()) {
      missing.push_back(planned.name);
      continue;
    }
    judge.judge(planned, *found);
    if (planned.name == Topics(options.topic_prefix).ledger()) {
      ledger_partitions = found->partitions;
    } else if (planned.name == Topics(options.topic_prefix).accepted()) {
      accepted_partitions = found->partitions;
    }
  }
  TopicsFound found = std::move(judge).result();
  found.missing = std::move(missing);
  found.ledger_partitions = ledger_partitions;
  found.accepted_partitions = accepted_partitions;
  return found;
}

}  // namespace spillway::retry
