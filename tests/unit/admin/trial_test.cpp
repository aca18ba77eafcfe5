#include <gtest/gtest.h>

#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using testing_support::Node;

TEST(DestinationTest, sends_one_event_and_says_what_came_of_it) {
  Node node;
  node.trial = delivery::Trial{.status = 204,
                               .excerpt = "thanks",
                               .took = std::chrono::milliseconds(120),
                               .address = "192.0.2.1:443",
                               .failure = {},
                               .message = ""};
  const auto reply = node.post("/v1/destinations/acme/test");
  ASSERT_EQ(reply.status(), 200) << reply.body();
  ASSERT_EQ(node.tested.size(), 1U);
  EXPECT_EQ(reply.at("/destination"), "acme");
  EXPECT_EQ(reply.at("/event_id"), node.tested[0]->id.to_string());
  EXPECT_EQ(reply.at("/delivered"), "true");
  EXPECT_EQ(reply.at("/status"), "204");
  EXPECT_EQ(reply.at("/failure"), "null");
  EXPECT_EQ(reply.at("/took_seconds"), "0.12");
  EXPECT_EQ(reply.at("/address"), "192.0.2.1:443");
  EXPECT_EQ(reply.at("/response_excerpt"), "thanks");
}

TEST(DestinationTest, a_failure_is_an_answer_with_its_reason) {
  Node node;
  node.trial = delivery::Trial{.failure = delivery::TrialFailure::egress, .message = "10.0.0.1"};
  const auto reply = node.post("/v1/destinations/acme/test");
  ASSERT_EQ(reply.status(), 200) << reply.body();
  EXPECT_EQ(reply.at("/delivered"), "false");
  EXPECT_EQ(reply.at("/status"), "null");
  EXPECT_EQ(reply.at("/failure"), "egress");
  EXPECT_EQ(reply.at("/message"), "10.0.0.1");
  EXPECT_EQ(reply.at("/address"), "null");
}

TEST(DestinationTest, writes_nothing_but_the_trail_and_does_not_mind_a_pause) {
  Node node;
  EXPECT_EQ(node.post("/v1/destinations/acme/pause").status(), 200);
  const auto commits = node.journal.writer().committed();
  EXPECT_EQ(node.post("/v1/destinations/acme/test").status(), 200);
  EXPECT_EQ(node.journal.writer().committed(), commits + 1);
  EXPECT_EQ(node.get("/v1/events").size("/events"), 0U);
}

TEST(DestinationTest, is_for_configured_destinations_only) {
  Node node;
  EXPECT_EQ(node.post("/v1/destinations/left/test").status(), 404);
  EXPECT_EQ(node.post("/v1/destinations/acme/test", R"({"url":"http://elsewhere"})").status(), 400);
  EXPECT_TRUE(node.tested.empty());
}

TEST(DestinationTest, is_made_once_at_a_time_to_each_destination) {
  Node node;
  node.trial.reset();
  node.start("POST", "/v1/destinations/acme/test");
  EXPECT_EQ(node.post("/v1/destinations/acme/test").status(), 409);
  EXPECT_EQ(node.tested.size(), 1U);
  // Whoever hangs is given up on, and the way is free again.
  node.time.run_for(std::chrono::seconds(30));
  node.run();
  node.trial = delivery::Trial{.status = 200};
  EXPECT_EQ(node.post("/v1/destinations/backup/test").status(), 200);
  EXPECT_EQ(node.post("/v1/destinations/acme/test").status(), 200);
}

TEST(DestinationTest, is_made_so_often_and_not_more) {
  Node node;
  int made = 0;
  while (node.post("/v1/destinations/acme/test").status() == 200 && made < 100) {
    ++made;
  }
  EXPECT_EQ(made, 10);
  EXPECT_EQ(node.tested.size(), 10U);
  node.time.run_for(std::chrono::seconds(1));
  EXPECT_EQ(node.post("/v1/destinations/acme/test").status(), 200);
}

}  // namespace
}  // namespace spillway::admin
