#include "admin/new_tokens.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using testing_support::Node;

const TokenOptions kOncall{"oncall", Role::operating, "s3cret-token"};
const TokenOptions kBoard{"board", Role::viewing, "token-to-look-with"};

core::Header bearer(const TokenOptions& holder) {
  return {"Authorization", "Bearer " + holder.token};
}

class NewTokens : public testing::Test {
 protected:
  // "spillway_session=…" of a session begun with that token.
  core::Header sign_in(const TokenOptions& holder) {
    const auto begun = node.post("/v1/session", R"({"token":")" + holder.token + R"("})");
    EXPECT_EQ(begun.status(), 200);
    const std::string set = begun.header("Set-Cookie");
    return {"Cookie", set.substr(0, set.find(';'))};
  }

  int ask(const core::Header& as) { return node.ask("GET", "/v1/summary", "", {as}).status(); }

  std::shared_ptr<http::BodyStream> listen(testing_support::Headers as) {
    node.start("GET", "/v1/stream", std::move(as));
    return node.started_answer()->stream;
  }

  // Whether the stream goes on, once what it had is read.
  bool goes_on(const std::shared_ptr<http::BodyStream>& stream) {
    for (int i = 0; i < 4; ++i) {
      if (*node.read(stream) == "(end)") {
        return false;
      }
    }
    return true;
  }

  Node node{{.address = "127.0.0.1", .tokens = {kOncall, kBoard}}};
};

TEST_F(NewTokens, hold_at_once_and_the_old_ones_do_not) {
  TokenOptions renewed = kOncall;
  renewed.token = "another-s3cret-token";
  take_tokens(node.context, {renewed, kBoard});
  EXPECT_EQ(ask(bearer(kOncall)), 401);
  EXPECT_EQ(ask(bearer(renewed)), 200);
  EXPECT_EQ(ask(bearer(kBoard)), 200);
}

TEST_F(NewTokens, end_the_sessions_of_others_only) {
  const auto oncall = sign_in(kOncall);
  const auto board = sign_in(kBoard);
  take_tokens(node.context, {kOncall, kBoard});
  EXPECT_EQ(ask(oncall), 200);
  EXPECT_EQ(ask(board), 200);
  take_tokens(node.context, {kOncall});
  EXPECT_EQ(ask(oncall), 200);
  EXPECT_EQ(ask(board), 401);
  take_tokens(node.context, {kOncall, kBoard});
  EXPECT_EQ(ask(board), 401) << "a session that was ended came back";
}

TEST_F(NewTokens, a_session_ends_with_its_token_its_name_and_its_role) {
  TokenOptions token = kOncall;
  token.token = "another-s3cret-token";
  TokenOptions role = kOncall;
  role.role = Role::viewing;
  TokenOptions name = kOncall;
  name.name = "somebody else";
  for (const TokenOptions& changed : {token, role, name}) {
    take_tokens(node.context, {kOncall});
    const auto cookie = sign_in(kOncall);
    EXPECT_EQ(ask(cookie), 200);
    take_tokens(node.context, {changed});
    EXPECT_EQ(ask(cookie), 401) << changed.name << changed.token;
  }
}

TEST_F(NewTokens, end_the_streams_of_who_is_not_let_in_any_more) {
  const auto by_token = listen({bearer(kBoard)});
  const auto by_cookie = listen({sign_in(kBoard)});
  const auto others = listen({bearer(kOncall)});
  take_tokens(node.context, {kOncall});
  EXPECT_FALSE(goes_on(by_token));
  EXPECT_FALSE(goes_on(by_cookie));
  EXPECT_TRUE(goes_on(others));
  others->stop();
}

TEST_F(NewTokens, the_first_ones_end_what_was_open_to_everybody) {
  take_tokens(node.context, {});
  EXPECT_EQ(node.get("/v1/summary").status(), 200);
  const auto open = listen({});
  take_tokens(node.context, {});
  EXPECT_TRUE(goes_on(open));
  take_tokens(node.context, {kOncall});
  EXPECT_FALSE(goes_on(open));
  EXPECT_EQ(node.get("/v1/summary").status(), 401);
}

}  // namespace
}  // namespace spillway::admin
