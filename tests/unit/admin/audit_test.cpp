#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using core::DeliveryState;
using testing::HasSubstr;
using testing_support::Node;

TEST(Audit, balances_from_the_counters) {
  Node node;
  node.dead("acme");
  node.accept({});
  const auto reply = node.get("/v1/audit");
  ASSERT_EQ(reply.status(), 200) << reply.body();
  EXPECT_EQ(reply.at("/balanced"), "true");
  EXPECT_EQ(reply.at("/unaccounted"), "0");
  EXPECT_EQ(reply.at("/destinations/acme/dead"), "1");
  EXPECT_EQ(reply.at("/destinations/-/dead"), "1");
  EXPECT_EQ(reply.at("/scan"), "null");
}

TEST(Audit, proves_it_by_a_scan) {
  Node node;
  node.dead("acme");
  node.accept({"acme", "backup"});
  const auto reply = node.get("/v1/audit?scan=true");
  EXPECT_EQ(reply.at("/balanced"), "true");
  EXPECT_EQ(reply.at("/scan/events"), "2");
  EXPECT_EQ(reply.at("/scan/deliveries"), "3");
  EXPECT_EQ(reply.at("/destinations/acme/accepted"), "2");
  EXPECT_EQ(node.get("/v1/audit?scan=yes").status(), 400);
}

TEST(Audit, a_scan_finds_what_the_counters_cannot_see) {
  Node node;
  const auto event = node.accept({"acme"});
  journal::WriteBatch damage;
  damage.erase(journal::Table::bodies,
               journal::keys::event(journal::Region::live, event.opened.front().ref.sequence));
  ASSERT_TRUE(node.journal.store().write(damage, {100, 0}));
  EXPECT_EQ(node.get("/v1/audit").at("/balanced"), "true");
  const auto reply = node.get("/v1/audit?scan=true");
  EXPECT_EQ(reply.status(), 200);
  EXPECT_EQ(reply.at("/balanced"), "false");
  EXPECT_EQ(reply.at("/scan/problem_count"), "1");
  EXPECT_THAT(reply.at("/scan/problems/0"), HasSubstr("body is gone"));
}

TEST(Audit, one_scan_at_a_time) {
  Node node;
  node.context.scanning = true;
  EXPECT_EQ(node.get("/v1/audit?scan=true").status(), 409);
  EXPECT_EQ(node.get("/v1/audit").status(), 200);
}

TEST(Summary, shows_the_node_at_a_glance) {
  Node node;
  const std::array bounds{0.5, 1.0};
  for (const auto* name : {"acme", "backup"}) {
    node.registry.histogram("spillway_delivery_lag_seconds", "", {{"destination", name}}, bounds)
        .observe(0.4);
  }
  node.dead("acme");
  node.accept({"backup"});
  node.time.run_for(std::chrono::seconds(10));
  const auto reply = node.get("/v1/summary");
  ASSERT_EQ(reply.status(), 200) << reply.body();
  EXPECT_EQ(reply.at("/node"), "n1");
  EXPECT_EQ(reply.at("/version"), "1.2.3");
  EXPECT_EQ(reply.at("/uptime_seconds"), "10");
  EXPECT_EQ(reply.at("/as_of"), "2026-09-21T14:13:30.000000Z");
  EXPECT_EQ(reply.at("/ready"), "true");
  EXPECT_EQ(reply.at("/deliveries/accepted"), "2");
  EXPECT_EQ(reply.at("/deliveries/pending"), "1");
  EXPECT_EQ(reply.at("/deliveries/dead"), "1");
  EXPECT_EQ(reply.at("/oldest_pending_seconds"), "10");
  EXPECT_EQ(reply.at("/destinations_configured"), "2");
  EXPECT_EQ(reply.at("/in_flight"), "2");
  EXPECT_EQ(reply.at("/unaccounted"), "0");
  EXPECT_EQ(reply.at("/delivery_lag/count"), "2");
  EXPECT_EQ(reply.at("/delivery_lag/p50_seconds"), "0.25");
}

TEST(Summary, of_a_node_without_events_has_nulls) {
  Node node;
  const auto reply = node.get("/v1/summary");
  EXPECT_EQ(reply.at("/oldest_pending_seconds"), "null");
  EXPECT_EQ(reply.at("/delivery_lag/p99_seconds"), "null");
  EXPECT_EQ(reply.at("/disk_budget_ratio"), "null");
  EXPECT_EQ(reply.at("/rates"), "null");
}

TEST(Summary, tells_rates_and_how_full_the_disk_is) {
  Node node;
  node.registry.gauge("spillway_disk_budget_ratio", "").set(0.25);
  node.context.history->take(node.time.now(), {}, {});
  node.time.run_for(History::kStep);
  node.context.history->take(node.time.now(), {.accepted = 50, .delivered = 20, .failed = 5}, {});
  const auto reply = node.get("/v1/summary");
  EXPECT_EQ(reply.at("/disk_budget_ratio"), "0.25");
  EXPECT_EQ(reply.at("/rates/accepted_per_second"), "5");
  EXPECT_EQ(reply.at("/rates/delivered_per_second"), "2");
  EXPECT_EQ(reply.at("/rates/failed_per_second"), "0.5");
}

}  // namespace
}  // namespace spillway::admin
