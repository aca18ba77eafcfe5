#include "admin/api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using testing::HasSubstr;
using testing_support::Node;

TEST(Api, answers_unknown_resources_with_a_problem) {
  Node node;
  const auto reply = node.get("/v2/events");
  EXPECT_EQ(reply.status(), 404);
  EXPECT_EQ(reply.content_type(), "application/problem+json");
  EXPECT_EQ(reply.at("/status"), "404");
}

TEST(Api, takes_no_other_spelling_of_a_path) {
  Node node;
  for (const auto* target : {"//v1/summary", "/v1//summary", "/v1/summary/", "/v1/./summary",
                             "/v1/x/../summary", "/v1%2fsummary", "/%761/summary", "/V1/summary",
                             "/v1/destinations//pause", "/v1/events/", "/v1", "/", ""}) {
    EXPECT_EQ(node.get(target).status(), 404) << target;
  }
}

TEST(Api, decodes_a_name_within_its_segment_only) {
  Node node;
  for (const auto* name :
       {"acme%2fpause", "acme%2f..", "..", "%2e%2e", "acme%00", "acme%", "%zz"}) {
    EXPECT_EQ(node.post(std::string("/v1/destinations/") + name + "/pause").status(), 404) << name;
  }
  EXPECT_EQ(node.post("/v1/destinations/acme%2fpause").status(), 404);
  EXPECT_TRUE(node.told.empty());
  EXPECT_EQ(node.post("/v1/destinations/a%63me/pause").at("/name"), "acme");
}

TEST(Api, names_the_methods_a_resource_takes) {
  Node node;
  const auto reply = node.ask("DELETE", "/v1/summary");
  EXPECT_EQ(reply.status(), 405);
  EXPECT_EQ(reply.header("Allow"), "GET, HEAD");
  EXPECT_EQ(node.get("/v1/dead/drop").header("Allow"), "POST");
  EXPECT_EQ(node.ask("HEAD", "/v1/summary").status(), 200);
}

TEST(Api, names_unknown_and_repeated_and_broken_parameters) {
  Node node;
  EXPECT_THAT(node.get("/v1/events?sauce=x").at("/detail"), HasSubstr("\"sauce\""));
  EXPECT_THAT(node.get("/v1/events?limit=1&limit=2").at("/detail"), HasSubstr("\"limit\""));
  EXPECT_THAT(node.get("/v1/summary?a=1").at("/detail"), HasSubstr("\"a\""));
  for (const auto* query : {"limit=0", "limit=201", "limit=-1", "limit=x", "limit=", "limit=1e2",
                            "limit=99999999999999999999", "source=%zz", "source=%4", "cursor=0",
                            "cursor=abc", "state=alive", "idempotency_key=k"}) {
    EXPECT_EQ(node.get(std::string("/v1/events?") + query).status(), 400) << query;
  }
}

TEST(Api, takes_bodies_only_as_json) {
  Node node;
  const auto post_as = [&](std::string type) {
    return node.ask("POST", "/v1/destinations/acme/pause", "{}", {{"Content-Type", type}}).status();
  };
  EXPECT_EQ(post_as("application/json"), 200);
  EXPECT_EQ(post_as("Application/JSON ; charset=utf-8"), 200);
  EXPECT_EQ(post_as("text/plain"), 415);
  EXPECT_EQ(post_as("application/x-www-form-urlencoded"), 415);
  EXPECT_EQ(post_as("application/jsonp"), 415);
  EXPECT_EQ(post_as(""), 415);
}

TEST(Api, reads_bodies_strictly) {
  Node node;
  const auto pause = [&](std::string body) {
    return node.post("/v1/destinations/acme/pause", std::move(body)).status();
  };
  for (const auto* body : {"{", "[]", "null", "\"x\"", "{\"reason\":1}", "{\"reason\":\"\"}",
                           "{\"reason\":null}", "{\"raison\":\"x\"}", "{} {}",
                           "{\"reason\":\"a\",\"reason\":\"b\"}", "{\"reason\":\"\xff\"}"}) {
    EXPECT_EQ(pause(body), 400) << body;
  }
  EXPECT_EQ(pause("{\"reason\":\"" + std::string(201, 'x') + "\"}"), 400);
  EXPECT_EQ(pause(std::string(300, '[') + std::string(300, ']')), 400);
  EXPECT_THAT(node.post("/v1/destinations/acme/pause", "{\"raison\":\"x\"}").at("/detail"),
              HasSubstr("\"raison\""));
  EXPECT_EQ(node.post("/v1/destinations/acme/resume", "{\"reason\":\"x\"}").status(), 400);
  EXPECT_TRUE(node.told.empty());
}

TEST(Api, refuses_huge_bodies_and_bodies_of_questions) {
  Node node;
  EXPECT_EQ(node.post("/v1/dead/drop", std::string(std::size_t{3} << 20, ' ')).status(), 413);
  EXPECT_EQ(node.ask("GET", "/v1/summary", "{}").status(), 413);
}

TEST(Api, lets_no_browser_guess_or_keep_an_answer) {
  Node node;
  for (const auto* target : {"/v1/summary", "/v1/nothing", "/v1/summary?x=1", "/metrics"}) {
    const auto reply = node.get(target);
    EXPECT_EQ(reply.header("X-Content-Type-Options"), "nosniff") << target;
    EXPECT_EQ(reply.header("Cache-Control"), "no-store") << target;
  }
}

TEST(Api, readiness_has_no_details_but_the_summary_does) {
  Node node;
  node.ready = core::fail(core::ErrorCode::unavailable, "the disk budget is used up");
  const auto reply = node.get("/readyz");
  EXPECT_EQ(reply.status(), 503);
  EXPECT_THAT(reply.body(), testing::Not(HasSubstr("budget")));
  EXPECT_NE(reply.header("Retry-After"), "(none)");
  const auto summary = node.get("/v1/summary");
  EXPECT_EQ(summary.at("/ready"), "false");
  EXPECT_EQ(summary.at("/not_ready_because"), "the disk budget is used up");
}

TEST(Api, answers_when_the_journal_does_not) {
  Node node;
  node.hold_commands();
  node.start("POST", "/v1/destinations/acme/pause");
  EXPECT_FALSE(node.started_answer());
  node.time.run_for(std::chrono::seconds(20));
  node.run();
  ASSERT_TRUE(node.started_answer());
  EXPECT_EQ(node.started_answer()->status, 503);
  // The order stands all the same, and the engine hears of it.
  node.release_commands();
  EXPECT_EQ(node.told.size(), 1);
}

TEST(Api, answers_damage_as_its_own_fault) {
  Node node;
  const auto event = node.accept({"acme"});
  journal::WriteBatch damage;
  damage.put(journal::Table::events,
             journal::keys::event(journal::Region::live, event.opened.front().ref.sequence),
             "damaged");
  ASSERT_TRUE(node.journal.store().write(damage, {100, 0}));
  EXPECT_EQ(node.get("/v1/events/" + event.id).status(), 500);
  EXPECT_EQ(node.get("/v1/events").status(), 500);
}

}  // namespace
}  // namespace spillway::admin
