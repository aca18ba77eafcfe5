#include "gateway/ordering.hpp"

#include <gtest/gtest.h>

#include "gateway/plan.hpp"
#include "gateway/whatsapp_split.hpp"

namespace spillway::gateway {
namespace {

using core::Order;
using delivery::OrderingOptions;

class OrderingTest : public testing::Test {
 protected:
  journal::Target target_of(const OrderingOptions& options) {
    journal::Target target;
    routing::JsonBody json(body_);
    const bool ordered =
        Ordering::compile(options).value().apply({"shop", headers_, json, unit_}, hasher_, target);
    EXPECT_EQ(ordered, target.order == options.order);
    return target;
  }

  journal::Hasher hasher_{"key"};
  std::vector<core::Header> headers_{{"X-Order", "7"}};
  std::string body_ = R"({"order":{"id":7,"version":12,"note":""}})";
  Unit unit_;
};

TEST_F(OrderingTest, takes_key_and_version_from_where_the_options_say) {
  const auto target = target_of({.order = Order::latest,
                                 .key = {.json = "/order/id"},
                                 .version = {.json = "/order/version"}});
  EXPECT_EQ(target.order, Order::latest);
  EXPECT_EQ(target.ordering_key, hasher_.ordering_key("7"));
  EXPECT_EQ(target.version, "12");
  EXPECT_EQ(target_of({.order = Order::per_key, .key = {.header = "x-order"}}).ordering_key,
            target.ordering_key);
}

TEST_F(OrderingTest, takes_what_the_source_knows_when_nothing_else_is_said) {
  unit_.ordering_key = "user";
  unit_.version = "2";
  const auto latest = target_of({.order = Order::latest});
  EXPECT_EQ(latest.ordering_key, hasher_.ordering_key("user"));
  EXPECT_EQ(latest.version, "2");
  EXPECT_EQ(target_of({.order = Order::per_key}).version, "");
}

TEST_F(OrderingTest, without_a_key_there_is_no_order) {
  EXPECT_EQ(target_of({.order = Order::per_key}).ordering_key, "");
  for (const char* const nothing : {"/order/note", "/order/gone", "/order"}) {
    EXPECT_EQ(target_of({.order = Order::per_key, .key = {.json = nothing}}).order, Order::none)
        << nothing;
  }
}

TEST_F(OrderingTest, a_version_that_is_too_long_is_none) {
  unit_.ordering_key = "user";
  unit_.version = std::string(kVersionBytesMax, '1');
  EXPECT_EQ(target_of({.order = Order::latest}).version.size(), kVersionBytesMax);
  *unit_.version += '1';
  EXPECT_EQ(target_of({.order = Order::latest}).version, "");
}

TEST_F(OrderingTest, refuses_a_pointer_that_is_none) {
  const auto compiled = Ordering::compile({.order = Order::per_key, .key = {.json = "order"}});
  ASSERT_FALSE(compiled);
  EXPECT_TRUE(compiled.error().message.contains("ordering_key"));
}

class OrderedPlanTest : public testing::Test {
 protected:
  OrderedPlanTest() {
    const std::vector routes{routing::RouteOptions{"all", "waba", {}, {"plain", "in turn"}, false}};
    plan_.routes = *routing::RouteTable::compile(routes);
    plan_.destinations = {{"plain", 1}, {"in turn", 2}};
    plan_.orderings.emplace(2, *Ordering::compile({.order = Order::latest}));
    SourceOptions options;
    options.name = "waba";
    options.kind = SourceKind::whatsapp;
    options.secrets = {"secret"};
    options.verify_token = "token";
    plan_.by_path["/in/waba"].source = *make_source(options);
  }

  static std::string status(const std::string& name, const std::string& more = "") {
    return R"({"entry":[{"id":"1","changes":[{"field":"messages","value":{"statuses":[{"id":"m1",)"
           R"("status":")" +
           name + "\"" + more + "}]}}]}]}";
  }

  static Unit unit_of(const std::string& body) {
    routing::JsonBody json(body);
    return split_whatsapp(body, json, SplitPolicy::automatic).units.at(0);
  }

  journal::Hasher hasher_{"key"};
  Plan plan_;
};

TEST_F(OrderedPlanTest, only_destinations_with_order_ask_for_a_key) {
  routing::JsonBody json("{}");
  const Unit unit;
  std::size_t unordered = 0;
  const auto targets = plan_.targets({"waba", {}, json, unit}, hasher_, unordered);
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_EQ(targets[1].order, Order::none);
  EXPECT_EQ(unordered, 1U);
}

TEST_F(OrderedPlanTest, an_event_routed_later_has_the_key_it_would_have_had_at_first) {
  core::Event event;
  event.source = "waba";
  event.body = status("read");
  const auto targets = plan_.targets(event, hasher_);
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_EQ(targets[0].order, Order::none);
  EXPECT_EQ(targets[1].order, Order::latest);
  EXPECT_EQ(targets[1].ordering_key, hasher_.ordering_key("m1"));
  EXPECT_EQ(targets[1].version, unit_of(event.body).version);
}

TEST_F(OrderedPlanTest, statuses_of_a_message_only_move_forward) {
  std::optional<std::string> before = "";
  for (const char* const name : {"sent", "delivered", "read", "played", "failed"}) {
    const auto version = unit_of(status(name)).version;
    EXPECT_LT(before, version) << name;
    before = version;
  }
  EXPECT_EQ(unit_of(status("unheard of")).version, std::nullopt);
}

TEST_F(OrderedPlanTest, participants_of_a_group_have_statuses_of_their_own) {
  EXPECT_EQ(unit_of(status("read", R"(,"recipient_participant_id":"p1")")).ordering_key, "m1:p1");
}

}  // namespace
}  // namespace spillway::gateway
