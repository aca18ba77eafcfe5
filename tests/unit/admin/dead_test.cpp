#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using core::DeliveryState;
using testing::ElementsAre;
using testing::UnorderedElementsAre;
using testing_support::Node;
using testing_support::Reply;

std::string naming(const std::vector<std::pair<std::string, std::string>>& deliveries) {
  std::string body = R"({"deliveries":[)";
  for (const auto& [event, destination] : deliveries) {
    body += fmt::format(R"({}{{"event_id":"{}","destination":"{}"}})",
                        body.ends_with('[') ? "" : ",", event, destination);
  }
  return body + "]}";
}

std::vector<std::string> ids(const Reply& reply) {
  std::vector<std::string> found;
  for (std::size_t i = 0; i < reply.size("/deliveries"); ++i) {
    found.push_back(reply.at(fmt::format("/deliveries/{}/event_id", i)));
  }
  return found;
}

TEST(Dead, are_listed_by_destination_reason_and_state) {
  Node node;
  const auto exhausted = node.dead("acme", core::Reason::exhausted);
  const auto rejected = node.dead("backup", core::Reason::rejected);
  const auto unrouted = node.accept({});
  const auto expired = node.accept({"acme"});
  node.settle(expired.opened[0], DeliveryState::expired, core::Reason::ttl);
  node.accept({"acme"});
  EXPECT_THAT(ids(node.get("/v1/dead")),
              UnorderedElementsAre(exhausted.id, rejected.id, unrouted.id));
  EXPECT_THAT(ids(node.get("/v1/dead?destination=acme")), ElementsAre(exhausted.id));
  EXPECT_THAT(ids(node.get("/v1/dead?destination=-")), ElementsAre(unrouted.id));
  EXPECT_THAT(ids(node.get("/v1/dead?reason=rejected")), ElementsAre(rejected.id));
  const auto reply = node.get("/v1/dead?state=expired");
  EXPECT_THAT(ids(reply), ElementsAre(expired.id));
  EXPECT_EQ(reply.at("/deliveries/0/destination"), "acme");
  EXPECT_EQ(reply.at("/deliveries/0/reason"), "ttl");
  EXPECT_EQ(reply.at("/deliveries/0/source"), "source");
}

TEST(Dead, come_in_pages_that_miss_and_repeat_none) {
  Node node;
  std::vector<std::string> all;
  for (int i = 0; i < 7; ++i) {
    all.push_back(node.dead(i % 2 == 0 ? "acme" : "backup").id);
    node.time.run_for(std::chrono::minutes(40));
  }
  std::vector<std::string> seen;
  std::string cursor;
  do {
    const auto page = node.get("/v1/dead?limit=2" + cursor);
    ASSERT_EQ(page.status(), 200) << page.body();
    const auto found = ids(page);
    seen.insert(seen.end(), found.begin(), found.end());
    cursor = page.at("/next_cursor") == "null" ? "" : "&cursor=" + page.at("/next_cursor");
  } while (!cursor.empty());
  EXPECT_THAT(seen, testing::UnorderedElementsAreArray(all));
}

TEST(Dead, refuses_filters_and_cursors_it_does_not_know) {
  Node node;
  node.dead("acme");
  node.dead("acme");
  const std::string cursor = node.get("/v1/dead?limit=1").at("/next_cursor");
  EXPECT_EQ(node.get("/v1/dead?cursor=" + cursor).status(), 200);
  EXPECT_EQ(node.get("/v1/dead?state=expired&cursor=" + cursor).status(), 400);
  EXPECT_EQ(node.get("/v1/dead?cursor=zz").status(), 400);
  EXPECT_EQ(node.get("/v1/dead?cursor=" + cursor + "00").status(), 400);
  EXPECT_EQ(node.get("/v1/dead?state=pending").status(), 400);
  EXPECT_EQ(node.get("/v1/dead?reason=bored").status(), 400);
  EXPECT_EQ(node.get("/v1/dead?destination=nobody").status(), 404);
}

TEST(Dead, tell_how_the_last_attempt_failed) {
  Node node;
  const auto retried = node.accept({"acme"});
  node.defer(retried.opened.front(), std::chrono::seconds(1));
  node.time.run_for(std::chrono::seconds(1));
  node.settle(retried.opened.front(), DeliveryState::dead, core::Reason::exhausted, 2);
  const auto reply = node.get("/v1/dead?destination=acme");
  ASSERT_EQ(reply.status(), 200) << reply.body();
  // The second one's, and nothing of what was answered.
  EXPECT_EQ(reply.at("/deliveries/0/last_failure/at"), "2026-09-21T14:13:21.000000Z");
  EXPECT_EQ(reply.at("/deliveries/0/last_failure/outcome"), "deferred");
  EXPECT_EQ(reply.at("/deliveries/0/last_failure/status"), "500");
  EXPECT_EQ(reply.at("/deliveries/0/last_failure/error"), "null");
  EXPECT_THAT(reply.body(), testing::Not(testing::HasSubstr("luck")));

  node.accept({});
  EXPECT_EQ(node.get("/v1/dead?destination=-").at("/deliveries/0/last_failure"), "null");
}

TEST(Dead, tell_no_error_of_one_that_was_delivered_before_it_was_replayed) {
  Node node;
  const auto event = node.accept({"acme"});
  node.settle(event.opened.front(), DeliveryState::delivered);
  ASSERT_EQ(node.post("/v1/events/" + event.id + "/replay").status(), 200);
  node.end_without_attempt(event.opened.front().ref, 2, core::Reason::exhausted);
  const auto reply = node.get("/v1/dead");
  ASSERT_EQ(reply.size("/deliveries"), 1) << reply.body();
  EXPECT_EQ(reply.at("/deliveries/0/generation"), "2");
  EXPECT_EQ(reply.at("/deliveries/0/last_failure"), "null");
}

TEST(DeadReplay, opens_the_named_ones_and_says_why_not_the_others) {
  Node node;
  const auto dead = node.dead("acme");
  const auto pending = node.accept({"backup"});
  const auto reply =
      node.post("/v1/dead/replay", naming({{dead.id, "acme"},
                                           {dead.id, "acme"},
                                           {pending.id, "backup"},
                                           {pending.id, "acme"},
                                           {dead.id, "nobody"},
                                           {"01890a5d-ac96-774b-bcce-b302099a8057", "acme"}}));
  ASSERT_EQ(reply.status(), 200) << reply.body();
  EXPECT_EQ(reply.at("/reopened"), "1");
  ASSERT_EQ(reply.size("/refused"), 4);
  EXPECT_EQ(reply.at("/refused/0/event_id"), pending.id);
  EXPECT_EQ(reply.at("/refused/0/why"), "it is pending");
  EXPECT_EQ(reply.at("/refused/1/why"), "the event has no delivery to it");
  EXPECT_EQ(reply.at("/refused/2/why"), "no such destination");
  EXPECT_EQ(reply.at("/refused/3/why"), "no such event on this node");
  EXPECT_EQ(node.told_opened.size(), 1);
  EXPECT_EQ(node.counts("acme").in(DeliveryState::pending), 1);
}

TEST(DeadReplay, takes_a_thousand_at_once) {
  Node node;
  std::vector<std::pair<std::string, std::string>> named;
  for (int i = 0; i < 1001; ++i) {
    named.emplace_back(node.dead("acme").id, "acme");
  }
  EXPECT_EQ(node.post("/v1/dead/replay", naming(named)).status(), 400);
  named.pop_back();
  EXPECT_EQ(node.post("/v1/dead/replay", naming(named)).at("/reopened"), "1000");
  EXPECT_EQ(node.counts("acme").in(DeliveryState::pending), 1000);
}

TEST(DeadReplay, routes_what_had_no_route) {
  Node node;
  const auto unrouted = node.accept({});
  const auto refused = node.post("/v1/dead/replay", naming({{unrouted.id, "-"}}));
  EXPECT_EQ(refused.at("/reopened"), "0");
  EXPECT_EQ(refused.at("/refused/0/why"), "no route takes it today");
  node.routes_today = {{.destination = node.number("acme")},
                       {.destination = node.number("backup")}};
  EXPECT_EQ(node.post("/v1/dead/replay", naming({{unrouted.id, "-"}})).at("/reopened"), "2");
}

TEST(DeadDrop, purges_the_named_ones_for_good) {
  Node node;
  const auto dead = node.dead("acme");
  const auto pending = node.accept({"acme"});
  const auto reply = node.post("/v1/dead/drop", naming({{dead.id, "acme"}, {pending.id, "acme"}}));
  ASSERT_EQ(reply.status(), 200) << reply.body();
  EXPECT_EQ(reply.at("/dropped"), "1");
  EXPECT_EQ(reply.at("/refused/0/why"), "it is pending");
  EXPECT_EQ(node.counts("acme").in(DeliveryState::purged), 1);
  EXPECT_EQ(node.get("/v1/events/" + dead.id).at("/deliveries/0/reason"), "dropped");
  EXPECT_EQ(node.post("/v1/dead/replay", naming({{dead.id, "acme"}})).at("/refused/0/why"),
            "it is purged");
}

TEST(DeadDrop, reads_its_body_strictly) {
  Node node;
  const auto dead = node.dead("acme");
  const std::string id = R"("event_id":")" + dead.id + R"(")";
  const std::vector<std::string> bodies{
      "",
      "{}",
      R"({"deliveries":[]})",
      R"({"deliveries":{}})",
      R"({"deliveries":["x"]})",
      R"({"deliveries":[{)" + id + "}]}",
      R"({"deliveries":[{)" + id + R"(,"destination":7}]})",
      R"({"deliveries":[{"event_id":"7","destination":"acme"}]})",
      R"({"deliveries":[{)" + id + R"(,"destination":"acme","force":true}]})",
      R"({"all":true,"deliveries":[{)" + id + R"(,"destination":"acme"}]})"};
  for (const std::string& body : bodies) {
    EXPECT_EQ(node.post("/v1/dead/drop", body).status(), 400) << body;
  }
  EXPECT_EQ(node.counts("acme").in(DeliveryState::dead), 1);
}

}  // namespace
}  // namespace spillway::admin
