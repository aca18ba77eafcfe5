#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using testing::ElementsAre;
using testing_support::Headers;
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

core::Attempt attempt(Node& node, core::Outcome outcome, std::string error = "") {
  return {.number = 3,
          .generation = 2,
          .started = node.time.now(),
          .took = std::chrono::milliseconds(250),
          .outcome = outcome,
          .status = static_cast<std::uint16_t>(error.empty() ? 503 : 0),
          .error = std::move(error),
          .excerpt = "nobody's business"};
}

TEST(Destinations, tell_the_last_failure_while_none_of_what_is_due_last_was_attempted) {
  Node node;
  const auto first = node.accept({"acme"});
  node.defer(first.opened.front(), std::chrono::seconds(1));
  node.time.run_for(std::chrono::seconds(5));
  for (int i = 0; i < 50; ++i) {
    node.accept({"acme"});
  }
  EXPECT_EQ(node.get("/v1/destinations").at("/destinations/0/last_failure"), "null");
  node.attempt_memory.of("acme").add(first.event_id,
                                     attempt(node, core::Outcome::unknown, "no answer"));
  const auto known = node.get("/v1/destinations");
  EXPECT_EQ(known.at("/destinations/0/last_failure/at"), "2026-09-21T14:13:25.000000Z");
  EXPECT_EQ(known.at("/destinations/0/last_failure/outcome"), "unknown");
  EXPECT_EQ(known.at("/destinations/0/last_failure/status"), "null");
  EXPECT_EQ(known.at("/destinations/0/last_failure/error"), "no answer");
  EXPECT_EQ(known.at("/destinations/1/last_failure"), "null");
}

TEST(Destinations, tell_what_this_process_has_seen_fail_before_what_the_journal_knows) {
  Node node;
  const auto event = node.accept({"acme"});
  node.defer(event.opened.front(), std::chrono::minutes(1));
  EXPECT_EQ(node.get("/v1/destinations").at("/destinations/0/last_failure/error"), "refused");
  node.attempt_memory.of("acme").add(event.event_id, attempt(node, core::Outcome::deferred));
  EXPECT_EQ(node.get("/v1/destinations").at("/destinations/0/last_failure/status"), "503");
  // Also when nothing waits any more, and others have delivered.
  node.attempt_memory.of("backup").add(event.event_id, attempt(node, core::Outcome::rejected));
  node.attempt_memory.of("backup").add(event.event_id, attempt(node, core::Outcome::delivered));
  EXPECT_EQ(node.get("/v1/destinations").at("/destinations/1/last_failure/outcome"), "rejected");
}

TEST(RecentAttempts, are_told_newest_first) {
  Node node;
  const auto first = node.accept({"acme"});
  const auto second = node.accept({"acme"});
  EXPECT_EQ(node.get("/v1/destinations/acme/attempts").body(), R"({"attempts":[]})");
  node.attempt_memory.of("acme").add(first.event_id, attempt(node, core::Outcome::deferred));
  node.attempt_memory.of("acme").add(second.event_id,
                                     attempt(node, core::Outcome::unknown, "reset"));
  const auto reply = node.get("/v1/destinations/acme/attempts");
  ASSERT_EQ(reply.status(), 200) << reply.body();
  ASSERT_EQ(reply.size("/attempts"), 2);
  EXPECT_EQ(reply.at("/attempts/0/event_id"), second.id);
  EXPECT_EQ(reply.at("/attempts/0/error"), "reset");
  EXPECT_EQ(reply.at("/attempts/0/status"), "null");
  EXPECT_EQ(reply.at("/attempts/1/event_id"), first.id);
  EXPECT_EQ(reply.at("/attempts/1/generation"), "2");
  EXPECT_EQ(reply.at("/attempts/1/number"), "3");
  EXPECT_EQ(reply.at("/attempts/1/started"), "2026-09-21T14:13:20.000000Z");
  EXPECT_EQ(reply.at("/attempts/1/took_seconds"), "0.25");
  EXPECT_EQ(reply.at("/attempts/1/outcome"), "deferred");
  EXPECT_EQ(reply.at("/attempts/1/status"), "503");
  EXPECT_EQ(reply.at("/attempts/1/error"), "null");
  EXPECT_THAT(reply.body(), testing::Not(testing::HasSubstr("business")));
  EXPECT_EQ(reply.at("/attempts/1/response_excerpt"), "null");  // not yet written
  EXPECT_EQ(node.get("/v1/destinations/backup/attempts").size("/attempts"), 0);
}

TEST(RecentAttempts, operators_see_what_was_answered_for_as_long_as_the_journal_has_it) {
  const AccessOptions access{
      .address = "127.0.0.1",
      .tokens = {{"board", Role::viewing, "viewers"}, {"oncall", Role::operating, "operators"}}};
  Node node(access);
  const auto event = node.accept({"acme"});
  node.settle(event.opened.front(), core::DeliveryState::dead, core::Reason::rejected);
  core::Attempt ended = attempt(node, core::Outcome::rejected);
  ended.number = 1;
  ended.generation = event.opened.front().record.generation;
  node.attempt_memory.of("acme").add(event.event_id, ended);
  const core::EventId elsewhere =
      core::EventId::parse("01999999-0000-7000-8000-000000000001").value();
  node.attempt_memory.of("acme").add(elsewhere, ended);
  const auto excerpt = [&](std::string token, std::string_view place) {
    return node
        .ask("GET", "/v1/destinations/acme/attempts", "", {{"Authorization", "Bearer " + token}})
        .at(place);
  };
  EXPECT_EQ(excerpt("operators", "/attempts/0/response_excerpt"), "null");
  EXPECT_EQ(excerpt("operators", "/attempts/1/response_excerpt"), "no \xef\xbf\xbd luck");
  EXPECT_EQ(excerpt("viewers", "/attempts/1/response_excerpt"), "null");
}

TEST(RecentAttempts, are_of_destinations_that_the_journal_knows) {
  Node node;
  EXPECT_EQ(node.get("/v1/destinations/nobody/attempts").status(), 404);
  EXPECT_EQ(node.get("/v1/destinations/left/attempts").status(), 200);  // not configured any more
}

TEST(RecentAttempts, may_be_seen_by_viewers) {
  Node node({.address = "127.0.0.1", .tokens = {{"board", Role::viewing, "viewers-token"}}});
  const Headers token{{"Authorization", "Bearer viewers-token"}};
  EXPECT_EQ(node.get("/v1/destinations/acme/attempts").status(), 401);
  EXPECT_EQ(node.ask("GET", "/v1/destinations/acme/attempts", "", token).status(), 200);
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
