#include "admin/access.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "admin/routes.hpp"
#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using testing_support::Headers;
using testing_support::Node;

AccessOptions with_token() {
  return {.address = "127.0.0.1",
          .tokens = {{"oncall", Role::operating, "s3cret-token"},
                     {"board", Role::viewing, "token-to-look-with"}},
          .host_names = {"ops.example"}};
}

core::Header bearer(std::string token) {
  return {"Authorization", "Bearer " + std::move(token)};
}

TEST(Access, takes_the_right_token_only) {
  Node node(with_token());
  const auto ask_as = [&](std::string authorization) {
    return node.ask("GET", "/v1/summary", "", {{"Authorization", std::move(authorization)}})
        .status();
  };
  EXPECT_EQ(ask_as("Bearer s3cret-token"), 200);
  EXPECT_EQ(ask_as("bearer s3cret-token"), 200);
  EXPECT_EQ(ask_as("Bearer s3cret-tokem"), 401);
  EXPECT_EQ(ask_as("Bearer s3cret-token2"), 401);
  EXPECT_EQ(ask_as("Bearer s3cret-toke"), 401);
  EXPECT_EQ(ask_as("Bearer "), 401);
  EXPECT_EQ(ask_as("Basic s3cret-token"), 401);
  EXPECT_EQ(ask_as(""), 401);
}

// How often something was refused for that reason.
std::uint64_t refused(Node& node, std::string reason) {
  return node.registry.counter("spillway_admin_refused_total", "", {{"reason", std::move(reason)}})
      .value();
}

TEST(Access, slows_down_who_guesses_and_lets_who_knows_in) {
  Node node(with_token());
  for (std::size_t i = 0; i < GuessGate::kWrongMax; ++i) {
    EXPECT_EQ(node.ask("GET", "/v1/summary", "", {bearer("a-guess")}).status(), 401);
    node.time.run_for(std::chrono::seconds(1));
  }
  const auto stopped = node.ask("POST", "/v1/purge", "{}", {bearer("a-guess")});
  EXPECT_EQ(stopped.status(), 429);
  EXPECT_EQ(stopped.header("Retry-After"), "50");
  EXPECT_EQ(node.post("/v1/session", R"({"token":"a-guess"})").status(), 429) << "another count";
  EXPECT_EQ(node.ask("GET", "/v1/summary", "", {bearer("s3cret-token")}).status(), 200);
  EXPECT_EQ(node.post("/v1/session", R"({"token":"s3cret-token"})").status(), 200);
  EXPECT_EQ(refused(node, "wrong_token"), GuessGate::kWrongMax);
  EXPECT_EQ(refused(node, "wrong_tokens"), 2);
  node.time.run_for(std::chrono::seconds(50));
  EXPECT_EQ(node.ask("GET", "/v1/summary", "", {bearer("a-guess")}).status(), 401);
}

TEST(Access, takes_for_a_guess_what_brings_a_token_only) {
  Node node(with_token());
  for (std::size_t i = 0; i < 2 * GuessGate::kWrongMax; ++i) {
    for (const Headers& headers : {Headers{}, Headers{{"Cookie", "spillway_session=0"}},
                                   Headers{{"Authorization", "Basic x"}},
                                   Headers{{"Spillway-Node-Pass", "x"}, bearer("a-guess")}}) {
      EXPECT_EQ(node.ask("GET", "/v1/summary", "", headers).status(), 401);
    }
  }
  EXPECT_EQ(refused(node, "wrong_token"), 0);
  EXPECT_EQ(Node().ask("GET", "/v1/summary", "", {bearer("a-guess")}).status(), 200);
}

TEST(Access, counts_what_a_role_refuses_and_keeps_it_off_the_trail) {
  Node node(with_token());
  EXPECT_EQ(node.ask("POST", "/v1/purge", "{}", {bearer("token-to-look-with")}).status(), 403);
  EXPECT_EQ(node.ask("GET", "/v1/summary", "", {bearer("token-to-look-with")}).status(), 200);
  EXPECT_EQ(refused(node, "role"), 1);
  EXPECT_EQ(node.ask("GET", "/v1/actions", "", {bearer("s3cret-token")}).size("/actions"), 0);
}

TEST(Access, tells_an_unknown_asker_how_to_authenticate_and_nothing_else) {
  Node node(with_token());
  for (const auto* target :
       {"/v1/summary", "/metrics", "/openapi.json", "/v1/audit", "/no/such/resource"}) {
    const auto reply = node.get(target);
    EXPECT_EQ(reply.status(), 401) << target;
    EXPECT_EQ(reply.header("WWW-Authenticate"), "Bearer realm=\"spillway\"");
  }
}

TEST(Access, asks_no_token_of_health_checks) {
  Node node(with_token());
  EXPECT_EQ(node.get("/healthz").status(), 200);
  EXPECT_EQ(node.get("/readyz").status(), 200);
  EXPECT_EQ(node.ask("GET", "/healthz", "", {{"Host", "10.1.2.3:8081"}}).status(), 200);
}

TEST(Access, refuses_hosts_that_are_not_its_own) {
  Node node({.address = "127.0.0.1", .tokens = {}, .host_names = {"ops.example"}});
  const auto ask_at = [&](std::string host) {
    return node.ask("GET", "/v1/summary", "", {{"Host", std::move(host)}}).status();
  };
  EXPECT_EQ(ask_at("127.0.0.1:8081"), 200);
  EXPECT_EQ(ask_at("localhost"), 200);
  EXPECT_EQ(ask_at("LOCALHOST:9000"), 200);
  EXPECT_EQ(ask_at("[::1]:8081"), 200);
  EXPECT_EQ(ask_at("ops.example"), 200);
  EXPECT_EQ(ask_at("evil.example:8081"), 403);
  EXPECT_EQ(ask_at("localhost.evil.example"), 403);
  EXPECT_EQ(ask_at("10.0.0.1"), 403);
  EXPECT_EQ(ask_at("[::1"), 403);
  EXPECT_EQ(ask_at(""), 403);
}

TEST(Access, is_reached_by_any_of_its_addresses_when_it_listens_on_all) {
  Node node({.address = "0.0.0.0", .tokens = {{"oncall", Role::operating, "token"}}});
  const auto ask_at = [&](std::string host) {
    return node
        .ask("GET", "/v1/summary", "",
             {{"Host", std::move(host)}, {"Authorization", "Bearer token"}})
        .status();
  };
  EXPECT_EQ(ask_at("10.0.0.1:8081"), 200);
  EXPECT_EQ(ask_at("[fd00::1]:8081"), 200);
  EXPECT_EQ(ask_at("evil.example"), 403);
}

TEST(Access, refuses_pages_of_other_origins) {
  Node node;
  const auto ask_from = [&](std::string name, std::string value) {
    return node
        .ask("POST", "/v1/destinations/acme/pause", "",
             {{"Host", "localhost:8081"}, {std::move(name), std::move(value)}})
        .status();
  };
  EXPECT_EQ(ask_from("Origin", "http://localhost:8081"), 200);
  EXPECT_EQ(ask_from("Origin", "http://localhost:3000"), 403);
  EXPECT_EQ(ask_from("Origin", "https://evil.example"), 403);
  EXPECT_EQ(ask_from("Origin", "null"), 403);
  EXPECT_EQ(ask_from("Sec-Fetch-Site", "same-origin"), 200);
  EXPECT_EQ(ask_from("Sec-Fetch-Site", "cross-site"), 403);
  EXPECT_EQ(ask_from("Sec-Fetch-Site", "same-site"), 403);
}

TEST(Access, tells_holders_of_tokens_apart) {
  Node node(with_token());
  const auto ask_as = [&](std::string token) {
    return node.ask("GET", "/v1/session", "", {bearer(std::move(token))});
  };
  EXPECT_EQ(ask_as("s3cret-token").at("/name"), "oncall");
  EXPECT_EQ(ask_as("s3cret-token").at("/role"), "operator");
  EXPECT_EQ(ask_as("token-to-look-with").at("/name"), "board");
  EXPECT_EQ(ask_as("token-to-look-with").at("/role"), "viewer");
  EXPECT_EQ(ask_as("token-to-look-with").at("/via"), "token");
  EXPECT_EQ(Node().get("/v1/session").at("/name"), "local");
  EXPECT_EQ(Node().get("/v1/session").at("/via"), "open");
}

TEST(Access, lets_viewers_look_and_nothing_else) {
  Node node(with_token());
  const auto event = node.dead("acme");
  const auto ask = [&](std::string method, const std::string& target) {
    return node.ask(std::move(method), target, "", {bearer("token-to-look-with")}).status();
  };
  for (const Route& route : routes()) {
    std::string target(route.path);
    if (const auto at = target.find("{event_id}"); at != std::string::npos) {
      target.replace(at, 10, event.id);
    }
    const int status = ask(std::string(route.method), target);
    EXPECT_EQ(status == 403, route.access == Route::Access::operators) << target << status;
    EXPECT_TRUE(route.method == "GET" || route.access != Route::Access::viewers ||
                target == "/v1/reconcile" || target == "/v1/session")
        << target << " changes something";
  }
  EXPECT_TRUE(node.told.empty());
  EXPECT_EQ(node.counts("acme").in(core::DeliveryState::dead), 1);
}

TEST(Access, shows_viewers_nothing_that_senders_or_destinations_wrote) {
  Node node(with_token());
  const auto event = node.dead("acme");
  const auto excerpt = [&](std::string token) {
    return node.ask("GET", "/v1/events/" + event.id, "", {bearer(std::move(token))})
        .at("/deliveries/0/attempts/0/response_excerpt");
  };
  EXPECT_NE(excerpt("s3cret-token"), "null");
  EXPECT_EQ(excerpt("token-to-look-with"), "null");
}

TEST(Access, listens_to_the_world_only_with_a_token) {
  const auto starts = [](std::string address, std::optional<std::string> token) {
    AccessOptions options{.address = std::move(address), .tokens = {}};
    if (token) {
      options.tokens.push_back({"oncall", Role::viewing, *std::move(token)});
    }
    return check_exposure(options).has_value();
  };
  EXPECT_TRUE(starts("127.0.0.1", std::nullopt));
  EXPECT_TRUE(starts("127.9.9.9", std::nullopt));
  EXPECT_TRUE(starts("::1", std::nullopt));
  EXPECT_FALSE(starts("0.0.0.0", std::nullopt));
  EXPECT_FALSE(starts("::", std::nullopt));
  EXPECT_FALSE(starts("10.0.0.1", std::nullopt));
  EXPECT_TRUE(starts("0.0.0.0", "token"));
  EXPECT_FALSE(starts("127.0.0.1", ""));
  EXPECT_FALSE(starts("127.0.0.1", "two words"));
  EXPECT_FALSE(starts("localhost", "token"));
}

}  // namespace
}  // namespace spillway::admin
