#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>

#include "admin/journal_metrics.hpp"
#include "admin/process_metrics.hpp"
#include "dedup/claim_probe.hpp"
#include "delivery/probe.hpp"
#include "gateway/probe.hpp"
#include "http/listener_probe.hpp"
#include "journal/committer.hpp"
#include "retry/hand_over_probe.hpp"
#include "retry/replica_probe.hpp"
#include "retry/retry_probe.hpp"
#include "retry_kafka/kafka_probe.hpp"
#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using testing_support::Node;

const core::Family* find(const std::vector<core::Family>& families, std::string_view name) {
  const auto found = std::ranges::find(families, name, &core::Family::name);
  return found == families.end() ? nullptr : &*found;
}

double value_of(const std::vector<core::Family>& families, std::string_view name,
                const core::Labels& labels = {}) {
  if (const core::Family* family = find(families, name)) {
    for (const core::Sample& sample : family->samples) {
      if (sample.labels == labels) {
        return sample.value;
      }
    }
  }
  ADD_FAILURE() << name << " is not exported with these labels";
  return -1;
}

// The metric names of docs/metrics.md, with the section each is in.
std::map<std::string, std::string> documented() {
  std::ifstream file(SPILLWAY_DOCS "/metrics.md");
  std::map<std::string, std::string> names;
  std::string section;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) {
      section = line.substr(3);
    } else if (line.starts_with("| `")) {
      names[line.substr(3, line.find('`', 3) - 3)] = section;
    }
  }
  return names;
}

TEST(Metrics, are_documented_and_what_is_documented_is_there) {
  Node node;
  core::Registry& registry = node.registry;
  const journal::CommitProbe commits(registry);
  gateway::Probe ingest(registry);
  ingest.source("shop");
  const http::ListenerProbe listener(registry, "ingest");
  delivery::Probe deliveries(registry);
  delivery::LaneProbe lane(deliveries, "acme");
  lane.died(core::Reason::exhausted);
  const dedup::ClaimProbe claims(registry);
  const retry::RetryProbe spool(registry);
  const retry::HandOverProbe hand_overs(registry);
  const retry::ReplicaProbe replicas(registry);
  const retry::KafkaProbe kafka(registry);
  const JournalMetrics books(node.context, registry);
  register_process_metrics(registry, "1.2.3");
  std::set<std::string> exported;
  for (const core::Family& family : registry.collect()) {
    exported.insert(family.name);
  }
  const auto names = documented();
  for (const std::string& name : exported) {
    EXPECT_TRUE(names.contains(name)) << name << " is not in docs/metrics.md";
  }
  for (const auto& [name, section] : names) {
    // Whoever puts the node together keeps house.
    if (section != "Housekeeping") {
      EXPECT_TRUE(exported.contains(name)) << name << " is documented only";
    }
  }
}

TEST(JournalMetrics, tell_the_books_and_the_age_of_the_oldest) {
  Node node;
  JournalMetrics metrics(node.context, node.registry);
  node.dead("acme");
  node.accept({"acme"});
  metrics.start();
  node.run();
  node.time.run_for(std::chrono::seconds(3));
  const auto families = node.registry.collect();
  const auto deliveries = [&](std::string state) {
    return value_of(families, "spillway_deliveries",
                    {{"destination", "acme"}, {"state", std::move(state)}});
  };
  EXPECT_EQ(deliveries("dead"), 1);
  EXPECT_EQ(deliveries("pending"), 1);
  EXPECT_EQ(deliveries("delivered"), 0);
  EXPECT_EQ(value_of(families, "spillway_oldest_pending_seconds", {{"destination", "acme"}}), 3);
  EXPECT_EQ(value_of(families, "spillway_oldest_pending_seconds", {{"destination", "backup"}}), 0);
  EXPECT_EQ(value_of(families, "spillway_unaccounted_events"), 0);
  metrics.stop();
}

TEST(JournalMetrics, tell_what_waits_for_destinations_that_are_no_longer_configured) {
  Node node;
  JournalMetrics metrics(node.context, node.registry);
  node.accept({"acme"});
  node.accept({"left"});
  metrics.start();
  node.run();
  const auto families = node.registry.collect();
  EXPECT_EQ(value_of(families, "spillway_orphaned_deliveries", {{"destination", "left"}}), 1);
  EXPECT_EQ(find(families, "spillway_orphaned_deliveries")->samples.size(), 1U);
  metrics.stop();
}

TEST(JournalMetrics, sample_again_and_again_until_they_are_stopped) {
  Node node;
  JournalMetrics metrics(node.context, node.registry);
  metrics.start();
  node.run();
  node.accept({"acme"});
  node.time.run_for(std::chrono::seconds(6));
  const core::Labels acme{{"destination", "acme"}};
  EXPECT_EQ(value_of(node.registry.collect(), "spillway_oldest_pending_seconds", acme), 6);
  metrics.stop();
  node.accept({"backup"});
  node.time.run_for(std::chrono::seconds(60));
  const core::Labels backup{{"destination", "backup"}};
  EXPECT_EQ(value_of(node.registry.collect(), "spillway_oldest_pending_seconds", backup), 0);
}

TEST(ProcessMetrics, are_those_of_this_process) {
  core::Registry registry;
  register_process_metrics(registry, "1.2.3");
  const auto families = registry.collect();
  EXPECT_EQ(value_of(families, "spillway_build_info", {{"version", "1.2.3"}}), 1);
  EXPECT_GT(value_of(families, "process_resident_memory_bytes"), 1e6);
  EXPECT_GT(value_of(families, "process_virtual_memory_bytes"),
            value_of(families, "process_resident_memory_bytes"));
  EXPECT_GE(value_of(families, "process_threads"), 1);
  EXPECT_GE(value_of(families, "process_open_fds"), 3);
  EXPECT_GT(value_of(families, "process_max_fds"), value_of(families, "process_open_fds"));
  EXPECT_GT(value_of(families, "process_start_time_seconds"), 1.6e9);
  EXPECT_GE(value_of(families, "process_cpu_seconds_total"), 0);
}

}  // namespace
}  // namespace spillway::admin
