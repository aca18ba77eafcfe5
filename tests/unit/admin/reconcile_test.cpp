#include <fmt/format.h>
#include <gtest/gtest.h>

#include "admin/reconcile_request.hpp"
#include "admin/shapes.hpp"
#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using core::DeliveryState;
using testing_support::Node;

std::string keys(std::string_view list) {
  return fmt::format(R"({{"source":"source","idempotency_keys":[{}]}})", list);
}

std::string ids(const std::string& id) {
  return fmt::format(R"({{"event_ids":["{}"]}})", id);
}

TEST(Reconcile, tells_the_fate_of_each_key) {
  Node node;
  const auto first = node.accept({"acme", "backup"}, "first");
  node.settle(first.opened.front(), DeliveryState::delivered);
  node.accept({"acme"}, "given:second");
  const auto reply = node.post("/v1/reconcile", keys(R"("first","lost",{"key":"second"})"));
  ASSERT_EQ(reply.status(), 200) << reply.body();
  EXPECT_EQ(reply.at("/node"), "n1");
  EXPECT_EQ(reply.at("/as_of"), time_text(node.time.now()));
  EXPECT_EQ(reply.at("/complete"), "true");
  EXPECT_EQ(reply.at("/known"), "2");
  EXPECT_EQ(reply.at("/unknown"), "1");
  ASSERT_EQ(reply.size("/results"), 3U);
  EXPECT_EQ(reply.at("/results/0/idempotency_key"), "first");
  EXPECT_EQ(reply.at("/results/0/fate"), "known");
  EXPECT_EQ(reply.at("/results/0/events/0/event_id"), first.id);
  EXPECT_EQ(reply.at("/results/0/events/0/deliveries/0/destination"), "acme");
  EXPECT_EQ(reply.at("/results/0/events/0/deliveries/0/state"), "delivered");
  EXPECT_EQ(reply.at("/results/0/events/0/deliveries/1/state"), "pending");
  EXPECT_EQ(reply.at("/results/1/fate"), "unknown");
  EXPECT_EQ(reply.size("/results/1/events"), 0U);
  EXPECT_EQ(reply.at("/results/2/fate"), "known");
}

TEST(Reconcile, a_key_whose_window_is_over_is_known_while_it_is_stored) {
  Node node;
  node.accept({"acme"}, "first");
  node.time.run_for(std::chrono::hours(24 * 10));
  EXPECT_EQ(node.post("/v1/reconcile", keys(R"("first")")).at("/results/0/fate"), "known");
}

TEST(Reconcile, what_was_sent_before_the_oldest_stored_key_is_beyond_the_horizon) {
  Node node;
  node.accept({"acme"}, "first");
  const auto reply =
      node.post("/v1/reconcile", keys(R"({"key":"old","sent":"2026-01-01T00:00:00Z"},"undated",)"
                                      R"({"key":"new","sent":"2026-09-21T00:00:00Z"})"));
  ASSERT_EQ(reply.status(), 200) << reply.body();
  EXPECT_EQ(reply.at("/horizon"), "2026-09-21T00:00:00.000000Z");
  EXPECT_EQ(reply.at("/results/0/fate"), "beyond_horizon");
  EXPECT_EQ(reply.at("/results/1/fate"), "unknown");
  EXPECT_EQ(reply.at("/results/2/fate"), "unknown");
  EXPECT_EQ(reply.at("/beyond_horizon"), "1");
}

TEST(Reconcile, event_ids_tell_their_age_themselves) {
  Node node;
  core::SeededRandom random(3);
  const auto never = core::EventId::make(node.time.now(), 1, random).to_string();
  const auto here = node.accept({"acme"}, "key");
  EXPECT_EQ(node.post("/v1/reconcile", ids(here.id)).at("/results/0/fate"), "known");
  const auto before = node.post("/v1/reconcile", ids(never));
  EXPECT_EQ(before.at("/horizon"), "null");
  EXPECT_EQ(before.at("/results/0/fate"), "unknown");

  node.settle(here.opened.front(), DeliveryState::delivered);
  node.time.run_for(std::chrono::hours(24 * 5));
  node.accept({"acme"});
  node.retire();
  const auto after = node.post("/v1/reconcile", ids(never));
  EXPECT_EQ(after.at("/results/0/fate"), "beyond_horizon");
  // Its key is still known, though nothing else is.
  const auto key = node.post("/v1/reconcile", keys(R"("key")"));
  EXPECT_EQ(key.at("/results/0/fate"), "known");
  EXPECT_EQ(key.at("/results/0/events/0/event_id"), here.id);
  EXPECT_EQ(key.at("/results/0/events/0/deliveries"), "null");
}

TEST(Reconcile, of_a_source_that_is_not_there_is_an_error) {
  Node node;
  EXPECT_EQ(node.post("/v1/reconcile", R"({"source":"?","idempotency_keys":["a"]})").status(), 404);
}

TEST(ReconcileRequest, is_read_strictly) {
  EXPECT_TRUE(read_reconcile_request(keys(R"("a",{"key":"b","sent":"2026-01-01T00:00:00Z"})")));
  for (const std::string_view wrong :
       {R"({})", R"({"idempotency_keys":["a"]})", R"({"source":"s"})",
        R"({"source":"s","idempotency_keys":[]})", R"({"source":"s","idempotency_keys":"a"})",
        R"({"source":"s","idempotency_keys":[""]})", R"({"source":"s","idempotency_keys":[1]})",
        R"({"source":"s","idempotency_keys":[{"sent":"2026-01-01T00:00:00Z"}]})",
        R"({"source":"s","idempotency_keys":[{"key":"a","sent":"yesterday"}]})",
        R"({"source":"s","event_ids":["01999999-0000-7000-8000-000000000001"]})",
        R"({"event_ids":["no id"]})", R"({"event_ids":[7]})", R"({"source":"s","keys":["a"]})"}) {
    EXPECT_FALSE(read_reconcile_request(wrong)) << wrong;
  }
  std::string many = R"("0")";
  for (std::size_t i = 1; i <= kReconciledMax; ++i) {
    many += fmt::format(R"(,"{}")", i);
  }
  EXPECT_FALSE(read_reconcile_request(keys(many)));
}

}  // namespace
}  // namespace spillway::admin
