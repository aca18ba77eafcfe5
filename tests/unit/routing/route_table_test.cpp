#include "routing/route_table.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spillway::routing {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ConditionOptions json_equals(std::string pointer, std::string value) {
  return {
      .json = std::move(pointer), .header = {}, .equals = std::move(value), .in = {}, .exists = {}};
}

ConditionOptions json_in(std::string pointer, std::vector<std::string> values) {
  return {.json = std::move(pointer),
          .header = {},
          .equals = {},
          .in = std::move(values),
          .exists = {}};
}

ConditionOptions json_exists(std::string pointer, bool exists) {
  return {.json = std::move(pointer), .header = {}, .equals = {}, .in = {}, .exists = exists};
}

ConditionOptions header_equals(std::string name, std::string value) {
  return {
      .json = {}, .header = std::move(name), .equals = std::move(value), .in = {}, .exists = {}};
}

RouteTable compiled(const std::vector<RouteOptions>& routes) {
  auto table = RouteTable::compile(routes);
  EXPECT_TRUE(table) << table.error().message;
  return std::move(*table);
}

std::vector<std::string> destinations(const RouteTable& table, std::string_view body,
                                      std::vector<core::Header> headers = {},
                                      std::string_view source = "in") {
  JsonBody json(body);
  const RouteMatch match = table.match(source, headers, json);
  return {match.destinations.begin(), match.destinations.end()};
}

TEST(RouteTable, all_matching_routes_apply_in_order_each_destination_once) {
  const RouteTable table = compiled({
      {"one", "in", {json_equals("/t", "a")}, {"x", "y"}},
      {"two", "in", {}, {"y", "z", "z"}},
      {"three", "in", {json_equals("/t", "a")}, {"w"}},
      {"four", "in", {json_equals("/t", "b")}, {"v"}},
      {"elsewhere", "other", {}, {"u"}},
  });
  EXPECT_THAT(destinations(table, R"({"t":"a"})"), ElementsAre("x", "y", "z", "w"));
  EXPECT_THAT(destinations(table, R"({"t":"c"})"), ElementsAre("y", "z"));
  EXPECT_THAT(destinations(table, "{}", {}, "other"), ElementsAre("u"));
  EXPECT_THAT(destinations(table, "{}", {}, "unknown"), IsEmpty());
}

TEST(RouteTable, otherwise_applies_only_where_nothing_else_of_the_source_did) {
  const RouteTable table = compiled({
      {"rest", "in", {}, {"rest"}, true},
      {"a", "in", {json_equals("/t", "a")}, {"a"}},
      {"rest-of-b", "in", {json_exists("/b", true)}, {"b"}, true},
      {"elsewhere", "other", {}, {"u"}},
  });
  EXPECT_THAT(destinations(table, R"({"t":"a","b":1})"), ElementsAre("a"));
  EXPECT_THAT(destinations(table, R"({"t":"x"})"), ElementsAre("rest"));
  EXPECT_THAT(destinations(table, R"({"t":"x","b":1})"), ElementsAre("rest", "b"));
}

TEST(RouteTable, all_conditions_of_a_route_must_hold) {
  const RouteTable table =
      compiled({{"r",
                 "in",
                 {json_equals("/a", "1"), json_in("/b", {"x", "y"}), json_exists("/c", true),
                  json_exists("/d", false), header_equals("X-Kind", "k")},
                 {"to"}}});
  const std::vector<core::Header> headers = {{"x-kind", "k"}};
  EXPECT_THAT(destinations(table, R"({"a":1,"b":"y","c":{}})", headers), ElementsAre("to"));
  EXPECT_THAT(destinations(table, R"({"a":2,"b":"y","c":{}})", headers), IsEmpty());
  EXPECT_THAT(destinations(table, R"({"a":1,"b":"z","c":{}})", headers), IsEmpty());
  EXPECT_THAT(destinations(table, R"({"a":1,"b":"y"})", headers), IsEmpty());
  EXPECT_THAT(destinations(table, R"({"a":1,"b":"y","c":null})", headers), IsEmpty());
  EXPECT_THAT(destinations(table, R"({"a":1,"b":"y","c":{},"d":0})", headers), IsEmpty());
  EXPECT_THAT(destinations(table, R"({"a":1,"b":"y","c":{}})", {{"x-kind", "K"}}), IsEmpty());
  EXPECT_THAT(destinations(table, R"({"a":1,"b":"y","c":{}})"), IsEmpty());
}

TEST(RouteTable, values_compare_as_text) {
  const RouteTable table = compiled({
      {"string", "in", {json_equals("/v", "a/b")}, {"string"}},
      {"number", "in", {json_equals("/v", "1.50")}, {"number"}},
      {"big", "in", {json_equals("/v", "123456789012345678901234567890")}, {"big"}},
      {"boolean", "in", {json_equals("/v", "true")}, {"boolean"}},
      {"null", "in", {json_equals("/v", "null")}, {"null"}},
      {"empty", "in", {json_equals("/v", "")}, {"empty"}},
  });
  EXPECT_THAT(destinations(table, R"({"v":"a\/\u0062"})"), ElementsAre("string"));
  EXPECT_THAT(destinations(table, R"({"v":1.50})"), ElementsAre("number"));
  EXPECT_THAT(destinations(table, R"({"v":1.5})"), IsEmpty());
  EXPECT_THAT(destinations(table, R"({"v":"1.50"})"), ElementsAre("number"));
  EXPECT_THAT(destinations(table, R"({"v":123456789012345678901234567890})"), ElementsAre("big"));
  EXPECT_THAT(destinations(table, R"({"v":true})"), ElementsAre("boolean"));
  EXPECT_THAT(destinations(table, R"({"v":null})"), IsEmpty());
  EXPECT_THAT(destinations(table, R"({"v":""})"), ElementsAre("empty"));
  EXPECT_THAT(destinations(table, R"({"v":[]})"), IsEmpty());
}

TEST(RouteTable, malformed_bodies_match_only_routes_that_need_no_json) {
  const RouteTable table = compiled({
      {"json", "in", {json_equals("/t", "a")}, {"json"}},
      {"absent", "in", {json_exists("/t", true)}, {"present"}},
      {"header", "in", {header_equals("X-Kind", "k")}, {"header"}},
      {"all", "in", {}, {"all"}},
  });
  EXPECT_THAT(destinations(table, R"({"t":"a")", {{"X-Kind", "k"}}), ElementsAre("header", "all"));
  EXPECT_THAT(destinations(table, "", {}), ElementsAre("all"));
}

TEST(RouteTable, ten_thousand_client_routes_cost_what_ten_do) {
  const auto evaluations = [](int clients) {
    std::vector<RouteOptions> routes;
    for (int i = 0; i < clients; ++i) {
      routes.push_back({fmt::format("client-{}", i),
                        "in",
                        {json_equals("/field", "messages"),
                         json_equals("/metadata/phone_number_id", fmt::format("{}", 1000 + i))},
                        {fmt::format("destination-{}", i)}});
    }
    routes.push_back({"rest", "in", {}, {"rest"}, true});
    const RouteTable table = compiled(routes);
    JsonBody json(R"({"field":"messages","metadata":{"phone_number_id":"1007"}})");
    const RouteMatch match = table.match("in", {}, json);
    EXPECT_THAT(match.destinations, ElementsAre("destination-7"));
    return match.evaluations;
  };
  EXPECT_EQ(evaluations(10), evaluations(10'000));
  EXPECT_LE(evaluations(10'000), 2U);
}

TEST(RouteTable, in_is_indexed_like_equals) {
  std::vector<RouteOptions> routes;
  for (int i = 0; i < 1000; ++i) {
    routes.push_back({fmt::format("r{}", i),
                      "in",
                      {json_in("/id", {fmt::format("a{}", i), fmt::format("b{}", i), "a0", "a0"})},
                      {fmt::format("d{}", i)}});
  }
  const RouteTable table = compiled(routes);
  JsonBody json(R"({"id":"b500"})");
  const RouteMatch match = table.match("in", {}, json);
  EXPECT_THAT(match.destinations, ElementsAre("d500"));
  EXPECT_EQ(match.evaluations, 1U);
  EXPECT_EQ(destinations(table, R"({"id":"a0"})").size(), 1000U);
}

struct Refused {
  RouteOptions route;
  std::string says;
};

TEST(RouteTable, refuses_routes_that_cannot_be_meant) {
  const std::vector<Refused> cases = {
      {{"", "in", {}, {"x"}}, "name"},
      {{"known", "in", {}, {"x"}}, "name"},
      {{"r", "", {}, {"x"}}, "from"},
      {{"r", "in", {}, {}}, "to"},
      {{"r", "in", {json_equals("no/slash", "x")}, {"x"}}, "must begin with"},
      {{"r", "in", {json_in("/a", {})}, {"x"}}, "at least one value"},
      {{"r", "in", {header_equals("", "x")}, {"x"}}, "header"},
      {{"r", "in", {ConditionOptions{}}, {"x"}}, "json"},
      {{"r", "in", {{.json = "/a", .header = "b", .equals = "x", .in = {}, .exists = {}}}, {"x"}},
       "exactly one of \"json\""},
      {{"r", "in", {{.json = "/a", .header = {}, .equals = "x", .in = {}, .exists = true}}, {"x"}},
       "exactly one of \"equals\""},
      {{"r", "in", {{.json = "/a", .header = {}, .equals = {}, .in = {}, .exists = {}}}, {"x"}},
       "exactly one of \"equals\""},
  };
  for (const Refused& refused : cases) {
    const std::vector<RouteOptions> routes = {{"known", "in", {}, {"x"}}, refused.route};
    const auto table = RouteTable::compile(routes);
    ASSERT_FALSE(table) << refused.says;
    EXPECT_THAT(table.error().message, HasSubstr(refused.says));
    EXPECT_THAT(table.error().message, HasSubstr("route \"" + refused.route.name + "\""));
  }
}

}  // namespace
}  // namespace spillway::routing
