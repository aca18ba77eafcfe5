#include <gtest/gtest.h>

#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using testing_support::Node;

TEST(CheckpointRequest, tells_where_it_stands) {
  Node node;
  const auto reply = node.post("/v1/checkpoint");
  ASSERT_EQ(reply.status(), 200) << reply.body();
  EXPECT_EQ(reply.at("/directory"), "/data/checkpoint/7");
  EXPECT_EQ(reply.at("/name"), "7");
  EXPECT_EQ(reply.at("/files"), "3");
  EXPECT_EQ(reply.at("/bytes"), "4096");
}

TEST(CheckpointRequest, one_that_stands_is_replaced_only_when_asked_for) {
  Node node;
  ASSERT_EQ(node.post("/v1/checkpoint").status(), 200);
  EXPECT_EQ(node.post("/v1/checkpoint").status(), 409);
  EXPECT_EQ(node.post("/v1/checkpoint?replace=perhaps").status(), 400);
  EXPECT_EQ(node.post("/v1/checkpoint?replace=true").status(), 200);
}

TEST(CheckpointRequest, is_removed_once_and_by_its_name) {
  Node node;
  ASSERT_EQ(node.post("/v1/checkpoint").status(), 200);
  EXPECT_EQ(node.ask("DELETE", "/v1/checkpoint/6").at("/removed"), "false");
  EXPECT_TRUE(node.checkpoint);
  EXPECT_EQ(node.ask("DELETE", "/v1/checkpoint/7").at("/removed"), "true");
  EXPECT_FALSE(node.checkpoint);
  EXPECT_EQ(node.ask("DELETE", "/v1/checkpoint/7").at("/removed"), "false");
}

TEST(CheckpointRequest, a_disk_that_fails_is_told) {
  Node node;
  node.checkpoint_made = core::fail(core::ErrorCode::out_of_space, "no space left");
  EXPECT_GE(node.post("/v1/checkpoint").status(), 500);
  EXPECT_FALSE(node.context.scanning);
}

TEST(CheckpointRequest, waits_for_no_audit_and_is_removed_during_one) {
  Node node;
  ASSERT_EQ(node.post("/v1/checkpoint").status(), 200);
  node.context.scanning = true;
  EXPECT_EQ(node.post("/v1/checkpoint?replace=true").status(), 409);
  EXPECT_EQ(node.ask("DELETE", "/v1/checkpoint/7").at("/removed"), "true");
}

TEST(CheckpointRequest, is_an_action_of_operators) {
  Node node({.address = "127.0.0.1",
             .tokens = {{.name = "board", .role = Role::viewing, .token = "seeing"}}});
  EXPECT_EQ(node.ask("POST", "/v1/checkpoint", "", {{"Authorization", "Bearer seeing"}}).status(),
            403);
  EXPECT_FALSE(node.checkpoint);
  Node open;
  ASSERT_EQ(open.post("/v1/checkpoint").status(), 200);
  EXPECT_EQ(open.get("/v1/actions").at("/actions/0/action"), "checkpoint.make");
}

}  // namespace
}  // namespace spillway::admin
