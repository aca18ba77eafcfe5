#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using core::DeliveryState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing_support::Node;
using testing_support::Reply;

std::string state_of(Node& node, const Node::Accepted& event, std::string_view member = "state") {
  return node.get("/v1/events/" + event.id).at(fmt::format("/deliveries/0/{}", member));
}

TEST(Jobs, a_replay_by_filter_is_a_job_that_opens_what_it_describes) {
  Node node;
  const auto exhausted = node.dead("acme");
  const auto rejected = node.dead("acme", core::Reason::rejected);
  const auto elsewhere = node.dead("backup");
  const auto begun =
      node.post("/v1/dead/replay", R"({"filter":{"destination":"acme","reason":"exhausted"}})");
  EXPECT_EQ(begun.status(), 202) << begun.body();
  EXPECT_EQ(begun.header("Location"), "/v1/jobs/1");
  EXPECT_EQ(begun.at("/kind"), "replay");
  EXPECT_EQ(begun.at("/filter/destination"), "acme");
  node.run();
  EXPECT_THAT(node.told_opened, ElementsAre(exhausted.opened[0].ref));
  EXPECT_EQ(state_of(node, exhausted), "pending");
  EXPECT_EQ(state_of(node, rejected), "dead");
  EXPECT_EQ(state_of(node, elsewhere), "dead");
  const auto job = node.get("/v1/jobs/1");
  EXPECT_EQ(job.at("/state"), "done");
  EXPECT_EQ(job.at("/done"), "1");
  EXPECT_EQ(job.at("/rate"), "null");
  EXPECT_NE(job.at("/finished"), "null");
}

TEST(Jobs, a_dry_run_counts_and_changes_nothing) {
  Node node;
  const auto event = node.dead("acme");
  node.dead("backup");
  const auto counted = node.post("/v1/dead/drop", R"({"filter":{},"dry_run":true})");
  EXPECT_EQ(counted.status(), 200) << counted.body();
  EXPECT_EQ(counted.at("/matched"), "2");
  EXPECT_EQ(counted.at("/complete"), "true");
  EXPECT_EQ(state_of(node, event), "dead");
  EXPECT_EQ(node.get("/v1/jobs").size("/jobs"), 0U);
}

TEST(Jobs, a_drop_by_filter_gives_up_for_good) {
  Node node;
  const auto dead = node.dead("acme");
  const auto expired = node.accept({"acme"});
  node.settle(expired.opened[0], DeliveryState::expired, core::Reason::ttl);
  EXPECT_EQ(node.post("/v1/dead/drop", R"({"filter":{"state":"expired"}})").status(), 202);
  node.run();
  EXPECT_EQ(state_of(node, expired), "purged");
  EXPECT_EQ(state_of(node, expired, "reason"), "dropped");
  EXPECT_EQ(state_of(node, dead), "dead");
}

TEST(Jobs, a_purge_by_idempotency_key_erases_the_event) {
  Node node;
  const auto meant = node.accept({"acme"}, "given:k1");
  const auto other = node.accept({"acme"}, "given:k2");
  const auto begun =
      node.post("/v1/purge", R"({"filter":{"source":"source","idempotency_key":"k1"}})");
  EXPECT_EQ(begun.status(), 202) << begun.body();
  EXPECT_EQ(begun.at("/filter/by"), "idempotency_key");
  EXPECT_THAT(begun.body(), testing::Not(HasSubstr("k1")));
  node.run();
  EXPECT_EQ(state_of(node, meant), "purged");
  EXPECT_EQ(state_of(node, meant, "reason"), "erased");
  EXPECT_EQ(node.get("/v1/events/" + meant.id + "/body").status(), 404);
  EXPECT_EQ(node.get("/v1/events/" + meant.id).size("/headers"), 0U);
  EXPECT_EQ(state_of(node, other), "pending");
  EXPECT_EQ(node.get("/v1/audit?scan=true").at("/scan/problem_count"), "0");
}

TEST(Jobs, a_purge_takes_a_json_value_of_any_scalar_kind) {
  Node node;
  const auto event = node.accept({"acme"});  // {"hello":"<script>"}
  const auto nothing =
      node.post("/v1/purge", R"({"filter":{"json":{"pointer":"/hello","value":42}}})");
  EXPECT_EQ(nothing.status(), 202) << nothing.body();
  node.run();
  EXPECT_EQ(state_of(node, event), "pending");
  const auto begun =
      node.post("/v1/purge", R"({"filter":{"json":{"pointer":"/hello","value":"<script>"}}})");
  EXPECT_EQ(begun.at("/filter/pointer"), "/hello");
  node.run();
  EXPECT_EQ(state_of(node, event), "purged");
}

TEST(Jobs, are_listed_newest_first_and_cancelled_once) {
  Node node;
  for (int i = 0; i < 30; ++i) {
    node.dead("acme");
  }
  EXPECT_EQ(node.post("/v1/dead/replay", R"({"filter":{},"rate":1})").at("/rate"), "1");
  EXPECT_EQ(node.post("/v1/dead/drop", R"({"filter":{"state":"expired"}})").at("/id"), "2");
  node.run();
  const auto listed = node.get("/v1/jobs");
  EXPECT_EQ(listed.at("/jobs/0/id"), "2");
  EXPECT_EQ(listed.at("/jobs/1/state"), "running");
  const auto cancelled = node.post("/v1/jobs/1/cancel");
  EXPECT_EQ(cancelled.status(), 200) << cancelled.body();
  EXPECT_EQ(cancelled.at("/state"), "cancelled");
  EXPECT_EQ(node.post("/v1/jobs/1/cancel").status(), 409);
  EXPECT_EQ(node.post("/v1/jobs/9/cancel").status(), 404);
  EXPECT_EQ(node.get("/v1/jobs/9").status(), 404);
  EXPECT_EQ(node.get("/v1/jobs/first").status(), 400);
}

TEST(Jobs, more_than_may_run_are_refused) {
  Node node;
  for (int i = 0; i < 30; ++i) {
    node.dead("acme");
  }
  int status = 202;
  int begun = 0;
  for (; status == 202 && begun < 100; ++begun) {
    status = node.post("/v1/dead/replay", R"({"filter":{},"rate":1})").status();
  }
  EXPECT_EQ(status, 409);
  EXPECT_EQ(begun, 17);
}

TEST(Jobs, what_cannot_be_understood_is_refused_by_name) {
  Node node;
  const auto refused = [&](const char* target, const char* body, const char* names) {
    const auto reply = node.post(target, body);
    EXPECT_EQ(reply.status(), 400) << body;
    EXPECT_THAT(reply.at("/detail"), HasSubstr(names)) << body;
  };
  refused("/v1/dead/replay", R"({"filter":{"destinaton":"acme"}})", "destinaton");
  refused("/v1/dead/replay", R"({"filter":[]})", "filter");
  refused("/v1/dead/replay", R"({"filter":{},"rate":0})", "rate");
  refused("/v1/dead/replay", R"({"filter":{},"rate":1.5})", "rate");
  refused("/v1/dead/replay", R"({"filter":{},"dry_run":"yes"})", "dry_run");
  refused("/v1/dead/replay", R"({"filter":{},"deliveries":[]})", "deliveries");
  refused("/v1/dead/replay", R"({"filter":{"state":"pending"}})", "pending");
  refused("/v1/dead/replay", R"({"filter":{"state":"delivered"}})", "destination");
  refused("/v1/dead/drop", R"({"filter":{"state":"delivered","destination":"acme"}})", "delivered");
  refused("/v1/dead/drop", R"({"filter":{"reason":"bored"}})", "bored");
  refused("/v1/dead/drop", R"({"filter":{"received_from":"yesterday"}})", "yesterday");
  refused(
      "/v1/dead/drop",
      R"({"filter":{"received_from":"2026-03-01T00:00:00Z","received_to":"2026-02-01T00:00:00Z"}})",
      "received_from");
  refused("/v1/purge", "", "filter");
  refused("/v1/purge", R"({"filter":{}})", "exactly one");
  refused("/v1/purge", R"({"filter":{"idempotency_key":"k"}})", "source");
  refused("/v1/purge", R"({"filter":{"ordering_key":"k","json":{"pointer":"/a","value":1}}})",
          "exactly one");
  refused("/v1/purge", R"({"filter":{"json":{"pointer":"a","value":1}}})", "\"a\"");
  refused("/v1/purge", R"({"filter":{"json":{"pointer":"/a","value":null}}})", "value");
  EXPECT_EQ(node.post("/v1/dead/drop", R"({"filter":{"destination":"nobody"}})").status(), 404);
  EXPECT_EQ(node.post("/v1/purge", R"({"filter":{"source":"nobody","ordering_key":"k"}})").status(),
            404);
}

TEST(Jobs, take_times_in_any_offset) {
  Node node;
  const auto event = node.dead("acme");
  const auto count = [&](const std::string& from) {
    return node
        .post("/v1/dead/replay",
              fmt::format(R"({{"filter":{{"received_from":"{}"}},"dry_run":true}})", from))
        .at("/matched");
  };
  // The node's clock begins at 2026-09-21T14:13:20Z.
  EXPECT_EQ(count("2026-09-21T14:13:20Z"), "1");
  EXPECT_EQ(count("2026-09-21T14:13:20.000001Z"), "0");
  EXPECT_EQ(count("2026-09-21T16:13:20+02:00"), "1");
  EXPECT_EQ(count("2026-09-21T12:13:21-02:00"), "0");
}

}  // namespace
}  // namespace spillway::admin
