#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/random.hpp"
#include "journal/audit.hpp"
#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using core::DeliveryState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::Node;
using testing_support::Reply;

std::vector<std::string> ids(const Reply& reply) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < reply.size("/events"); ++i) {
    found.push_back(reply.at("/events/" + std::to_string(i) + "/event_id"));
  }
  return found;
}

TEST(Events, are_listed_newest_first) {
  Node node;
  const auto first = node.accept({"acme"});
  const auto second = node.accept({"acme", "backup"});
  const auto reply = node.get("/v1/events");
  ASSERT_EQ(reply.status(), 200) << reply.body();
  EXPECT_THAT(ids(reply), ElementsAre(second.id, first.id));
  EXPECT_EQ(reply.at("/events/0/source"), "source");
  EXPECT_EQ(reply.at("/events/0/received"), "2026-09-21T14:13:20.000000Z");
  EXPECT_EQ(reply.at("/events/0/body_bytes"), "20");
  EXPECT_EQ(reply.at("/events/0/deliveries/1/destination"), "backup");
  EXPECT_EQ(reply.at("/events/0/deliveries/1/state"), "pending");
  EXPECT_EQ(reply.at("/scanned"), "2");
  EXPECT_EQ(reply.at("/next_cursor"), "null");
}

TEST(Events, come_in_pages_that_miss_and_repeat_none) {
  Node node;
  std::vector<std::string> all;
  for (int i = 0; i < 5; ++i) {
    all.insert(all.begin(), node.accept({"acme"}).id);
  }
  std::vector<std::string> seen;
  std::string cursor;
  do {
    const auto page = node.get("/v1/events?limit=2" + cursor);
    const auto found = ids(page);
    seen.insert(seen.end(), found.begin(), found.end());
    cursor = page.at("/next_cursor") == "null" ? "" : "&cursor=" + page.at("/next_cursor");
  } while (!cursor.empty());
  EXPECT_EQ(seen, all);
}

TEST(Events, are_filtered_by_what_became_of_them) {
  Node node;
  const auto dead = node.dead("acme");
  const auto both = node.accept({"acme", "backup"});
  const auto unrouted = node.accept({});
  EXPECT_THAT(ids(node.get("/v1/events?state=dead")), ElementsAre(unrouted.id, dead.id));
  EXPECT_THAT(ids(node.get("/v1/events?state=dead&destination=acme")), ElementsAre(dead.id));
  EXPECT_THAT(ids(node.get("/v1/events?destination=backup")), ElementsAre(both.id));
  EXPECT_THAT(ids(node.get("/v1/events?destination=-")), ElementsAre(unrouted.id));
  // Dead to acme and pending to backup must be of one delivery.
  EXPECT_THAT(ids(node.get("/v1/events?state=dead&destination=backup")), ElementsAre());
  EXPECT_EQ(ids(node.get("/v1/events?source=source")).size(), 3);
  EXPECT_EQ(node.get("/v1/events?source=nobody").status(), 404);
  EXPECT_EQ(node.get("/v1/events?destination=nobody").status(), 404);
}

TEST(Events, are_found_by_their_idempotency_key) {
  Node node;
  node.accept({"acme"}, "order-1");
  const auto wanted = node.accept({"acme"}, "order/2 é");
  const auto reply = node.get("/v1/events?source=source&idempotency_key=order%2F2+%C3%A9");
  EXPECT_THAT(ids(reply), ElementsAre(wanted.id));
  EXPECT_THAT(ids(node.get("/v1/events?source=source&idempotency_key=order-3")), ElementsAre());
  // A key that the gateway stored under a prefix is found by what the sender gave.
  const auto prefixed = node.accept({"acme"}, "given:order-4");
  EXPECT_THAT(ids(node.get("/v1/events?source=source&idempotency_key=order-4")),
              ElementsAre(prefixed.id));
}

TEST(Events, are_found_by_the_time_they_were_received_at) {
  Node node;
  const auto first = node.accept({"acme"});
  node.time.run_for(std::chrono::hours(3));
  const auto second = node.accept({"acme"});
  node.time.run_for(std::chrono::minutes(5));
  const auto third = node.accept({"acme"});
  const auto found = [&](const std::string& query) { return ids(node.get("/v1/events?" + query)); };
  EXPECT_THAT(found("from=2026-09-21T17:13:20Z"), ElementsAre(third.id, second.id));
  EXPECT_THAT(found("from=2026-09-21T17:13:20.000001Z"), ElementsAre(third.id));
  EXPECT_THAT(found("to=2026-09-21T17:13:20Z"), ElementsAre(first.id));
  EXPECT_THAT(found("from=2026-09-21T17:00:00Z&to=2026-09-21T19:15:00%2B02:00"),
              ElementsAre(second.id));
  EXPECT_THAT(found("from=2027-01-01T00:00:00Z"), testing::IsEmpty());
  EXPECT_THAT(found("to=2026-01-01T00:00:00Z"), testing::IsEmpty());
  // What is out of the time asked for is not even looked at, if hours lie between.
  EXPECT_EQ(node.get("/v1/events?from=2026-09-21T17:13:20Z").at("/scanned"), "2");
  EXPECT_EQ(node.get("/v1/events?from=yesterday").status(), 400);
}

TEST(Events, are_found_by_their_ordering_key) {
  Node node;
  const auto with_key = [&node](const std::string& key) {
    return node.accept_in_order("acme", node.journal.writer().hasher().ordering_key(key));
  };
  const auto one = with_key("+49 170 1");
  static_cast<void>(with_key("+49 170 2"));
  static_cast<void>(node.accept({"acme"}));
  const auto three = with_key("+49 170 1");
  EXPECT_THAT(ids(node.get("/v1/events?ordering_key=%2B49%20170%201")),
              ElementsAre(three.id, one.id));
  EXPECT_THAT(ids(node.get("/v1/events?ordering_key=%2B49%20170%201&destination=backup")),
              testing::IsEmpty());
  EXPECT_THAT(ids(node.get("/v1/events?ordering_key=x")), testing::IsEmpty());
}

TEST(Events, a_rare_filter_looks_at_a_bounded_number_and_goes_on) {
  Node node;
  const auto rare = node.dead("acme");
  for (int i = 0; i < 5001; ++i) {
    node.accept({"backup"});
  }
  const auto first = node.get("/v1/events?state=dead");
  EXPECT_EQ(first.at("/scanned"), "5000");
  EXPECT_EQ(first.size("/events"), 0);
  const auto second = node.get("/v1/events?state=dead&cursor=" + first.at("/next_cursor"));
  EXPECT_THAT(ids(second), ElementsAre(rare.id));
}

TEST(Event, shows_its_deliveries_and_their_attempts) {
  Node node;
  const auto event = node.dead("acme", core::Reason::rejected);
  const auto reply = node.get("/v1/events/" + event.id);
  ASSERT_EQ(reply.status(), 200) << reply.body();
  EXPECT_EQ(reply.at("/event_id"), event.id);
  EXPECT_EQ(reply.at("/headers/0/value"), "application/cloudevents+json");
  EXPECT_EQ(reply.at("/deliveries/0/state"), "dead");
  EXPECT_EQ(reply.at("/deliveries/0/reason"), "rejected");
  EXPECT_EQ(reply.at("/deliveries/0/generation"), "1");
  EXPECT_EQ(reply.at("/deliveries/0/last_status"), "500");
  EXPECT_EQ(reply.at("/deliveries/0/due"), "null");
  EXPECT_EQ(reply.at("/deliveries/0/attempts/0/number"), "1");
  EXPECT_EQ(reply.at("/deliveries/0/attempts/0/took_seconds"), "0.25");
  EXPECT_EQ(reply.at("/deliveries/0/attempts/0/outcome"), "deferred");
  EXPECT_EQ(reply.at("/deliveries/0/attempts/0/error"), "null");
  EXPECT_EQ(reply.at("/deliveries/0/attempts/0/response_excerpt"), "no \xef\xbf\xbd luck");
}

TEST(Event, unknown_ids_are_not_found_on_this_node_and_broken_ones_are_refused) {
  Node node;
  const std::string unknown = "01890a5d-ac96-774b-bcce-b302099a8057";
  const auto reply = node.get("/v1/events/" + unknown);
  EXPECT_EQ(reply.status(), 404);
  EXPECT_THAT(reply.at("/detail"), HasSubstr("this node does not have"));
  EXPECT_THAT(reply.at("/detail"), HasSubstr("8057"));
  EXPECT_EQ(node.get("/v1/events/" + unknown + "/body").status(), 404);
  EXPECT_EQ(node.post("/v1/events/" + unknown + "/replay").status(), 404);
  EXPECT_EQ(node.get("/v1/events/1").status(), 400);
  EXPECT_EQ(node.get("/v1/events/..").status(), 400);
  EXPECT_EQ(node.get("/v1/events/" + unknown.substr(1)).status(), 400);
}

TEST(EventBody, is_given_byte_by_byte_as_something_no_browser_shows) {
  Node node;
  const auto event = node.accept({"acme"});
  const auto reply = node.get("/v1/events/" + event.id + "/body");
  EXPECT_EQ(reply.status(), 200);
  EXPECT_EQ(reply.body(), R"({"hello":"<script>"})");
  EXPECT_EQ(reply.content_type(), "application/octet-stream");
  EXPECT_EQ(reply.header("Spillway-Content-Type"), "application/cloudevents+json");
  EXPECT_THAT(reply.header("Content-Disposition"), HasSubstr("attachment"));
  EXPECT_EQ(reply.header("X-Content-Type-Options"), "nosniff");
}

TEST(EventReplay, opens_again_what_has_ended_and_tells_the_engine) {
  Node node;
  const auto event = node.accept({"acme", "backup"});
  node.settle(event.opened[0], DeliveryState::dead, core::Reason::exhausted);
  const auto reply = node.post("/v1/events/" + event.id + "/replay");
  ASSERT_EQ(reply.status(), 200) << reply.body();
  EXPECT_EQ(reply.size("/reopened"), 1);
  EXPECT_EQ(reply.at("/reopened/0/destination"), "acme");
  EXPECT_EQ(reply.at("/reopened/0/generation"), "2");
  EXPECT_EQ(reply.size("/unchanged"), 1);
  EXPECT_EQ(reply.at("/unchanged/0/destination"), "backup");
  EXPECT_EQ(reply.at("/unchanged/0/state"), "pending");
  EXPECT_THAT(node.told_opened, ElementsAre(event.opened[0].ref));
  EXPECT_EQ(node.counts("acme").accepted, 1);
}

TEST(EventReplay, can_be_of_one_destination) {
  Node node;
  const auto event = node.accept({"acme", "backup"});
  node.settle(event.opened[0], DeliveryState::delivered);
  node.settle(event.opened[1], DeliveryState::delivered);
  const std::string target = "/v1/events/" + event.id + "/replay";
  const auto reply = node.post(target, R"({"destination":"backup"})");
  EXPECT_EQ(reply.at("/reopened/0/destination"), "backup");
  EXPECT_EQ(reply.size("/reopened"), 1);
  EXPECT_EQ(node.post(target, R"({"destination":"left"})").status(), 404);
  EXPECT_EQ(node.post(target, R"({"destination":"nobody"})").status(), 404);
}

TEST(EventReplay, keeps_the_order_of_a_key_unless_it_is_forced) {
  Node node;
  node.routes_today = {{.destination = node.number("acme"),
                        .order = core::Order::per_key,
                        .ordering_key = std::string(16, 'k')}};
  const auto first = node.accept({});
  const auto second = node.accept({});
  const std::string replay = "/v1/events/" + second.id + "/replay";
  EXPECT_EQ(node.post("/v1/events/" + first.id + "/replay").status(), 200);
  EXPECT_EQ(node.post(replay).size("/reopened"), 1);
  EXPECT_EQ(node.told_opened.size(), 1);
  const auto shown = node.get("/v1/events/" + second.id);
  EXPECT_EQ(shown.at("/deliveries/1/order"), "per_key");
  EXPECT_EQ(shown.at("/deliveries/1/blocked"), "true");
  EXPECT_EQ(shown.at("/deliveries/1/due"), "null");

  const journal::DeliveryRef ref{node.told_opened[0].sequence + 1, node.number("acme")};
  node.settle({ref, node.journal.delivery(ref)}, DeliveryState::dead, core::Reason::exhausted);
  EXPECT_EQ(node.post(replay, R"({"force":true})").size("/reopened"), 1);
  EXPECT_EQ(node.told_opened.back(), ref);
  EXPECT_EQ(node.get("/v1/events/" + second.id).at("/deliveries/1/out_of_order"), "true");
  EXPECT_EQ(node.post(replay, R"({"force":1})").status(), 400);
}

TEST(EventReplay, is_answered_only_when_it_is_durable) {
  Node node;
  const auto event = node.dead("acme");
  node.hold_commands();
  node.start("POST", "/v1/events/" + event.id + "/replay");
  EXPECT_EQ(node.commands_held(), 1);
  EXPECT_FALSE(node.started_answer());
  EXPECT_TRUE(node.told_opened.empty());
  node.release_commands();
  ASSERT_TRUE(node.started_answer());
  EXPECT_EQ(node.started_answer()->status, 200);
  EXPECT_EQ(node.journal.store().unsynced_batches(), 0);
}

TEST(EventReplay, sends_an_event_without_a_route_where_todays_routes_say) {
  Node node;
  const auto event = node.accept({});
  const std::string target = "/v1/events/" + event.id + "/replay";
  EXPECT_EQ(node.post(target).size("/reopened"), 0);
  node.routes_today = {{.destination = node.number("backup")}};
  const auto reply = node.post(target);
  EXPECT_EQ(reply.at("/reopened/0/destination"), "backup");
  EXPECT_EQ(reply.at("/unchanged/0/destination"), "-");
  EXPECT_EQ(reply.at("/unchanged/0/state"), "superseded");
  EXPECT_EQ(node.counts("backup").in(DeliveryState::pending), 1);
  const auto audited = journal::audit(node.journal.store());
  ASSERT_TRUE(audited);
  EXPECT_TRUE(audited->balanced());
}

}  // namespace
}  // namespace spillway::admin
