#include <gtest/gtest.h>

#include "admin/guess_gate.hpp"
#include "admin/sessions.hpp"
#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using testing_support::Headers;
using testing_support::Node;
using testing_support::Reply;

AccessOptions with_tokens(bool tls = false) {
  return {.address = "127.0.0.1",
          .tokens = {{"oncall", Role::operating, "s3cret-token"},
                     {"board", Role::viewing, "token-to-look-with"}},
          .host_names = {},
          .tls = tls};
}

Reply sign_in(Node& node, const std::string& token) {
  return node.post("/v1/session", R"({"token":")" + token + R"("})");
}

// "spillway_session=…" of the answer.
core::Header cookie_of(const Reply& reply) {
  const std::string set = reply.header("Set-Cookie");
  return {"Cookie", "other=1; " + set.substr(0, set.find(';'))};
}

const core::Header kOwnPage{"Origin", "http://localhost:8081"};

TEST(Session, gives_a_cookie_for_a_token) {
  Node node(with_tokens());
  const auto begun = sign_in(node, "s3cret-token");
  ASSERT_EQ(begun.status(), 200);
  EXPECT_EQ(begun.at("/name"), "oncall");
  EXPECT_EQ(begun.at("/role"), "operator");
  EXPECT_TRUE(begun.header("Set-Cookie")
                  .ends_with("; HttpOnly; SameSite=Strict; Path=/; "
                             "Max-Age=43200"));
  const auto who = node.ask("GET", "/v1/session", "", {cookie_of(begun)});
  EXPECT_EQ(who.at("/name"), "oncall");
  EXPECT_EQ(who.at("/via"), "cookie");
  EXPECT_EQ(who.at("/expires_at"), begun.at("/expires_at"));
  EXPECT_NE(cookie_of(sign_in(node, "s3cret-token")).value, cookie_of(begun).value);
}

TEST(Session, its_cookie_goes_over_tls_only_where_there_is_some) {
  Node node(with_tokens(true));
  EXPECT_TRUE(sign_in(node, "s3cret-token").header("Set-Cookie").ends_with("; Secure"));
}

TEST(Session, has_the_role_of_its_token) {
  Node node(with_tokens());
  const auto cookie = cookie_of(sign_in(node, "token-to-look-with"));
  EXPECT_EQ(node.ask("GET", "/v1/summary", "", {cookie}).status(), 200);
  EXPECT_EQ(node.ask("POST", "/v1/destinations/acme/pause", "", {cookie, kOwnPage}).status(), 403);
  EXPECT_TRUE(node.told.empty());
}

TEST(Session, changes_nothing_but_from_the_own_page) {
  Node node(with_tokens());
  const auto cookie = cookie_of(sign_in(node, "s3cret-token"));
  const auto pause = [&](Headers more) {
    more.push_back(cookie);
    return node.ask("POST", "/v1/destinations/acme/pause", "", std::move(more)).status();
  };
  EXPECT_EQ(pause({}), 403);
  EXPECT_EQ(pause({{"Origin", "http://evil.example"}}), 403);
  EXPECT_EQ(pause({{"Origin", "null"}}), 403);
  EXPECT_EQ(pause({{"Sec-Fetch-Site", "none"}}), 403);
  EXPECT_EQ(pause({{"Sec-Fetch-Site", "cross-site"}}), 403);
  EXPECT_TRUE(node.told.empty());
  EXPECT_EQ(pause({kOwnPage}), 200);
  EXPECT_EQ(pause({{"Sec-Fetch-Site", "same-origin"}}), 200);
}

TEST(Session, ends_when_it_is_ended_or_its_time_is_over) {
  Node node(with_tokens());
  const auto first = cookie_of(sign_in(node, "s3cret-token"));
  const auto second = cookie_of(sign_in(node, "s3cret-token"));
  const auto ask = [&](const core::Header& cookie) {
    return node.ask("GET", "/v1/session", "", {cookie}).status();
  };
  const auto ended = node.ask("DELETE", "/v1/session", "", {first, kOwnPage});
  EXPECT_EQ(ended.status(), 204);
  EXPECT_NE(ended.header("Set-Cookie").find("Max-Age=0"), std::string::npos);
  EXPECT_EQ(ask(first), 401);
  EXPECT_EQ(ask(second), 200);
  node.time.run_for(Sessions::kLifetime - std::chrono::seconds(1));
  EXPECT_EQ(ask(second), 200);
  node.time.run_for(std::chrono::seconds(2));
  EXPECT_EQ(ask(second), 401);
}

TEST(Session, is_nothing_that_could_be_guessed_or_made) {
  Node node(with_tokens());
  for (const auto* value : {"spillway_session=", "spillway_session=0", "spillway_session",
                            "spillway_sessions=0", "", ";;;", "a=b"}) {
    EXPECT_EQ(node.ask("GET", "/v1/summary", "", {{"Cookie", value}}).status(), 401) << value;
  }
}

TEST(Session, a_wrong_token_is_not_made_good_by_a_cookie) {
  Node node(with_tokens());
  const auto cookie = cookie_of(sign_in(node, "s3cret-token"));
  EXPECT_EQ(
      node.ask("GET", "/v1/summary", "", {cookie, {"Authorization", "Bearer wrong"}}).status(),
      401);
}

TEST(Session, stops_guessers_for_a_minute) {
  Node node(with_tokens());
  for (std::size_t i = 0; i < GuessGate::kWrongMax; ++i) {
    EXPECT_EQ(sign_in(node, "wrong").status(), 401);
    node.time.run_for(std::chrono::seconds(1));
  }
  const auto stopped = sign_in(node, "guess");
  EXPECT_EQ(stopped.status(), 429);
  EXPECT_EQ(stopped.header("Retry-After"), "50");
  // Others behind the same address go on.
  EXPECT_EQ(sign_in(node, "s3cret-token").status(), 200);
  node.time.run_for(std::chrono::seconds(50));
  EXPECT_EQ(sign_in(node, "guess").status(), 401);
}

TEST(Session, takes_a_token_and_nothing_else) {
  Node node(with_tokens());
  for (const auto* body : {"", "{}", R"({"token":""})", R"({"token":1})", R"({"name":"x"})"}) {
    EXPECT_EQ(node.post("/v1/session", body).status(), 400) << body;
  }
  EXPECT_EQ(Node().post("/v1/session", R"({"token":"x"})").status(), 409);
  EXPECT_EQ(node.ask("POST", "/v1/session", R"({"token":"s3cret-token"})",
                     {{"Origin", "http://evil.example"}})
                .status(),
            403);
}

TEST(Sessions, are_bounded_and_the_oldest_makes_room) {
  Sessions sessions;
  core::Time now = core::Time(std::chrono::hours(1));
  for (std::size_t i = 0; i <= Sessions::kSessionsMax; ++i) {
    sessions.begin({.name = "of " + std::to_string(i)}, std::to_string(i), now);
    now += std::chrono::seconds(1);
  }
  EXPECT_EQ(sessions.size(), Sessions::kSessionsMax);
  EXPECT_FALSE(sessions.find("0", now));
  EXPECT_TRUE(sessions.find("1", now));
}

TEST(Sessions, of_one_token_make_room_for_each_other) {
  Sessions sessions;
  core::Time now = core::Time(std::chrono::hours(1));
  sessions.begin({.name = "oncall"}, "oncall's", now);
  for (std::size_t i = 0; i <= Sessions::kOfOneMax; ++i) {
    now += std::chrono::seconds(1);
    sessions.begin({.name = "board"}, std::to_string(i), now);
  }
  EXPECT_EQ(sessions.size(), 1 + Sessions::kOfOneMax);
  EXPECT_TRUE(sessions.find("oncall's", now));
  EXPECT_FALSE(sessions.find("0", now));
  EXPECT_TRUE(sessions.find("1", now));
}

TEST(Session, whoever_has_shown_no_token_sends_little) {
  Node node(with_tokens());
  EXPECT_EQ(node.post("/v1/session", std::string(16 * 1024, ' ')).status(), 413);
}

TEST(GuessGate, remembers_so_many_addresses_only) {
  GuessGate gate;
  core::Time now = core::Time(std::chrono::hours(1));
  const auto stop = [&](const std::string& address) {
    for (std::size_t i = 0; i < GuessGate::kWrongMax; ++i) {
      gate.wrong(address, now);
    }
    now += std::chrono::milliseconds(1);
  };
  stop("first");
  EXPECT_TRUE(gate.must_wait("first", now));
  EXPECT_FALSE(gate.must_wait("second", now));
  for (std::size_t i = 0; i < GuessGate::kAddressesMax; ++i) {
    stop(std::to_string(i));
  }
  EXPECT_FALSE(gate.must_wait("first", now));
  EXPECT_TRUE(gate.must_wait("0", now));
}

}  // namespace
}  // namespace spillway::admin
