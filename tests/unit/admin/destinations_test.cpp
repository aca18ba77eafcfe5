#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using testing::ElementsAre;
using testing_support::Node;

TEST(Destinations, tell_what_the_engine_knows_of_them) {
  Node node;
  const core::Labels acme{{"destination", "acme"}};
  node.registry.gauge("spillway_breaker_state", "", acme).set(2);
  node.registry.gauge("spillway_concurrency_limit", "", acme).set(1);
  node.registry.gauge("spillway_failing_since_timestamp_seconds", "", acme)
      .set(std::chrono::duration<double>(node.time.now().time_since_epoch()).count());
  const auto event = node.accept({"acme"});
  node.defer(event.opened.front(), std::chrono::minutes(1));
  const auto known = node.get("/v1/destinations");
  EXPECT_EQ(known.at("/destinations/0/name"), "acme");
  EXPECT_EQ(known.at("/destinations/0/breaker"), "open");
  EXPECT_EQ(known.at("/destinations/0/concurrency_limit"), "1");
  EXPECT_EQ(known.at("/destinations/0/failing_since"), "2026-09-21T14:13:20.000000Z");
  EXPECT_EQ(known.at("/destinations/0/probe_at"), "null");
  EXPECT_EQ(known.at("/destinations/0/last_failure/outcome"), "deferred");
  EXPECT_EQ(known.at("/destinations/1/breaker"), "null");
  EXPECT_EQ(known.at("/destinations/1/last_failure"), "null");
}

TEST(Destinations, show_how_each_is_doing) {
  Node node;
  node.dead("acme");
  node.accept({"acme"});
  node.time.run_for(std::chrono::seconds(90));
  node.accept({"acme"});
  const auto reply = node.get("/v1/destinations");
  ASSERT_EQ(reply.status(), 200) << reply.body();
  ASSERT_EQ(reply.size("/destinations"), 2);
  EXPECT_EQ(reply.at("/destinations/0/name"), "acme");
  EXPECT_EQ(reply.at("/destinations/0/url"), "https://acme.example/hook");
  EXPECT_EQ(reply.at("/destinations/0/state"), "running");
  EXPECT_EQ(reply.at("/destinations/0/orphaned"), "false");
  EXPECT_EQ(reply.at("/destinations/0/in_flight"), "2");
  EXPECT_EQ(reply.at("/destinations/0/deliveries/accepted"), "3");
  EXPECT_EQ(reply.at("/destinations/0/deliveries/pending"), "2");
  EXPECT_EQ(reply.at("/destinations/0/deliveries/dead"), "1");
  EXPECT_EQ(reply.at("/destinations/0/oldest_pending_seconds"), "90");
  EXPECT_EQ(reply.at("/destinations/1/oldest_pending_seconds"), "null");
}

TEST(Destinations, show_the_oldest_also_when_it_is_due_last) {
  Node node;
  const auto oldest = node.accept({"acme"});
  node.time.run_for(std::chrono::seconds(10));
  for (int i = 0; i < 50; ++i) {
    node.accept({"acme"});
  }
  node.defer(oldest.opened.front(), std::chrono::hours(12));
  EXPECT_EQ(node.get("/v1/destinations").at("/destinations/0/oldest_pending_seconds"), "10");
}

TEST(Destinations, no_longer_configured_are_shown_while_they_have_deliveries) {
  Node node;
  EXPECT_EQ(node.get("/v1/destinations").size("/destinations"), 2);
  node.accept({"left"});
  const auto reply = node.get("/v1/destinations");
  ASSERT_EQ(reply.size("/destinations"), 3);
  EXPECT_EQ(reply.at("/destinations/2/name"), "left");
  EXPECT_EQ(reply.at("/destinations/2/orphaned"), "true");
  EXPECT_EQ(reply.at("/destinations/2/url"), "null");
}

TEST(DestinationPause, is_kept_in_the_journal_and_told_to_the_engine) {
  Node node;
  const auto paused = node.post("/v1/destinations/acme/pause", R"({"reason":"they move house"})");
  ASSERT_EQ(paused.status(), 200) << paused.body();
  EXPECT_EQ(paused.at("/state"), "paused");
  EXPECT_EQ(paused.at("/changed"), "true");
  const auto reply = node.get("/v1/destinations");
  EXPECT_EQ(reply.at("/destinations/0/state"), "paused");
  EXPECT_EQ(reply.at("/destinations/0/pause_reason"), "they move house");
  EXPECT_EQ(reply.at("/destinations/0/paused_since"), "2026-09-21T14:13:20.000000Z");
  EXPECT_EQ(node.get("/v1/summary").at("/destinations_paused"), "1");

  EXPECT_EQ(node.post("/v1/destinations/acme/resume").at("/state"), "running");
  EXPECT_EQ(node.get("/v1/destinations").at("/destinations/0/pause_reason"), "null");
  EXPECT_THAT(node.told, ElementsAre(fmt::format("paused {}", node.number("acme")),
                                     fmt::format("resumed {}", node.number("acme"))));
}

TEST(DestinationPause, said_twice_changes_nothing) {
  Node node;
  EXPECT_EQ(node.post("/v1/destinations/acme/resume").at("/changed"), "false");
  EXPECT_EQ(node.post("/v1/destinations/acme/pause").at("/changed"), "true");
  EXPECT_EQ(node.post("/v1/destinations/acme/pause").at("/changed"), "false");
  EXPECT_EQ(node.told.size(), 1);
}

TEST(DestinationPause, knows_names_only) {
  Node node;
  EXPECT_EQ(node.post("/v1/destinations/nobody/pause").status(), 404);
  EXPECT_EQ(node.post("/v1/destinations/-/pause").status(), 409);
  EXPECT_TRUE(node.told.empty());
}

}  // namespace
}  // namespace spillway::admin
