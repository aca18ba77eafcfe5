#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "admin/action_record.hpp"
#include "admin/routes.hpp"
#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing_support::Node;

AccessOptions with_tokens() {
  return {.address = "127.0.0.1",
          .tokens = {{"oncall", Role::operating, "s3cret-token"},
                     {"board", Role::viewing, "token-to-look-with"}}};
}

core::Header bearer(const std::string& token) {
  return {"Authorization", "Bearer " + token};
}

ActionRecord sample() {
  return {.number = 7,
          .at = core::Time(std::chrono::hours(3)),
          .who = "oncall",
          .role = Role::operating,
          .remote = "10.0.0.7",
          .action = "destination.pause",
          .target = "acme",
          .detail = "moving",
          .outcome = "done"};
}

TEST(ActionRecord, is_read_as_it_was_written) {
  const auto decoded = ActionRecord::decode(7, sample().encode());
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, sample());
}

TEST(ActionRecord, notices_damage) {
  const std::string text = sample().encode();
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(ActionRecord::decode(7, text.substr(0, size)));
  }
  EXPECT_FALSE(ActionRecord::decode(7, text + '\0'));
}

// Which does not hold only for those that change nothing but ask with a body.
TEST(Actions, every_change_has_its_name_on_the_trail) {
  for (const Route& route : routes()) {
    const bool only_asks = route.method == "GET" || route.path == "/v1/reconcile";
    EXPECT_EQ(route.action.empty(), only_asks) << route.path;
  }
}

TEST(Actions, tell_who_did_what_to_what) {
  Node node(with_tokens());
  ASSERT_EQ(node.ask("POST", "/v1/destinations/acme/pause", R"({"reason":"moving"})",
                     {bearer("s3cret-token")})
                .status(),
            200);
  const auto trail = node.ask("GET", "/v1/actions", "", {bearer("token-to-look-with")});
  ASSERT_EQ(trail.size("/actions"), 1);
  EXPECT_EQ(trail.at("/actions/0/who"), "oncall");
  EXPECT_EQ(trail.at("/actions/0/role"), "operator");
  EXPECT_EQ(trail.at("/actions/0/action"), "destination.pause");
  EXPECT_EQ(trail.at("/actions/0/target"), "acme");
  EXPECT_EQ(trail.at("/actions/0/detail"), "moving");
  EXPECT_EQ(trail.at("/actions/0/outcome"), "done");
}

TEST(Actions, tell_what_was_refused_but_not_what_was_not_understood) {
  Node node;
  EXPECT_EQ(node.post("/v1/destinations/nobody/pause").status(), 404);
  EXPECT_EQ(node.post("/v1/destinations/acme/pause", R"({"raison":"x"})").status(), 400);
  EXPECT_EQ(node.post("/v1/dead/replay", R"({"filter":{},"dry_run":true})").status(), 200);
  const auto trail = node.get("/v1/actions");
  ASSERT_EQ(trail.size("/actions"), 1);
  EXPECT_THAT(trail.at("/actions/0/outcome"), HasSubstr("refused: "));
  EXPECT_EQ(trail.at("/actions/0/target"), "nobody");
}

TEST(Actions, tell_a_session_by_its_holder_and_nothing_of_wrong_tokens) {
  Node node(with_tokens());
  EXPECT_EQ(node.post("/v1/session", R"({"token":"wrong"})").status(), 401);
  EXPECT_EQ(node.post("/v1/session", R"({"token":"token-to-look-with"})").status(), 200);
  const auto trail = node.ask("GET", "/v1/actions", "", {bearer("s3cret-token")});
  ASSERT_EQ(trail.size("/actions"), 1);
  EXPECT_EQ(trail.at("/actions/0/action"), "session.begin");
  EXPECT_EQ(trail.at("/actions/0/who"), "board");
  EXPECT_EQ(trail.at("/actions/0/role"), "viewer");
  EXPECT_THAT(trail.body(), Not(HasSubstr("token-to-look-with")));
}

TEST(Actions, tell_a_job_by_its_number_and_filter_and_never_what_a_purge_looks_for) {
  Node node;
  const auto event = node.dead("acme");
  ASSERT_EQ(node.post("/v1/dead/replay", R"({"filter":{"destination":"acme"},"rate":50})").status(),
            202);
  ASSERT_EQ(node.post("/v1/purge", R"({"filter":{"ordering_key":"+49 170 1234567"}})").status(),
            202);
  const auto trail = node.get("/v1/actions");
  ASSERT_EQ(trail.size("/actions"), 2);
  EXPECT_EQ(trail.at("/actions/0/action"), "purge");
  EXPECT_EQ(trail.at("/actions/0/target"), "job 2");
  EXPECT_THAT(trail.body(), Not(HasSubstr("1234567")));
  EXPECT_EQ(trail.at("/actions/1/target"), "job 1");
  EXPECT_THAT(trail.at("/actions/1/detail"), HasSubstr("acme"));
  EXPECT_THAT(trail.at("/actions/1/detail"), HasSubstr("50/s"));
}

TEST(Actions, name_a_delivery_or_count_them) {
  Node node;
  const auto one = node.dead("acme");
  const auto two = node.dead("acme");
  const auto named = [](const Node::Accepted& event) {
    return R"({"event_id":")" + event.id + R"(","destination":"acme"})";
  };
  EXPECT_EQ(node.post("/v1/dead/replay", R"({"deliveries":[)" + named(one) + "]}").status(), 200);
  EXPECT_EQ(node.post("/v1/dead/drop", R"({"deliveries":[)" + named(one) + "," + named(two) + "]}")
                .status(),
            200);
  const auto trail = node.get("/v1/actions");
  EXPECT_EQ(trail.at("/actions/1/target"), one.id + " to acme");
  EXPECT_EQ(trail.at("/actions/0/target"), "null");
  EXPECT_EQ(trail.at("/actions/0/detail"), "2 named, 1 dropped, 1 refused");
}

// Nothing is told to be done that the trail does not have.
TEST(Actions, are_recorded_before_they_are_answered) {
  Node node;
  node.hold_commands();
  node.start("POST", "/v1/destinations/acme/pause");
  EXPECT_EQ(node.commands_held(), 1);
  node.release_commands_once();
  EXPECT_EQ(node.commands_held(), 1);
  EXPECT_EQ(node.told.size(), 1);
  EXPECT_FALSE(node.started_answer());
  node.release_commands();
  ASSERT_TRUE(node.started_answer());
  EXPECT_EQ(node.started_answer()->status, 200);
}

TEST(Actions, without_a_record_an_action_fails) {
  Node node;
  node.hold_commands();
  node.start("POST", "/v1/destinations/acme/pause");
  node.release_commands_once();
  node.time.run_for(std::chrono::seconds(20));
  node.run();
  ASSERT_TRUE(node.started_answer());
  EXPECT_EQ(node.started_answer()->status, 503);
  EXPECT_THAT(node.started_answer()->body, HasSubstr("trail"));
}

TEST(Actions, are_listed_page_after_page_newest_first) {
  Node node;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(node.post("/v1/destinations/acme/pause").status(), 200);
  }
  const auto first = node.get("/v1/actions?limit=3");
  EXPECT_EQ(first.at("/actions/0/id"), "5");
  EXPECT_EQ(first.at("/actions/2/id"), "3");
  const auto rest = node.get("/v1/actions?limit=3&cursor=" + first.at("/next_cursor"));
  EXPECT_EQ(rest.size("/actions"), 2);
  EXPECT_EQ(rest.at("/actions/0/id"), "2");
  EXPECT_EQ(rest.at("/next_cursor"), "null");
}

// Of a journal, as a process before this one left it.
void put_on_trail(Node& node, std::string action, std::uint64_t first, std::uint64_t last) {
  journal::WriteBatch old;
  ActionRecord record = sample();
  record.action = std::move(action);
  for (record.number = first; record.number <= last; ++record.number) {
    old.put(journal::Table::meta, journal::keys::action(record.number), record.encode());
  }
  ASSERT_TRUE(node.journal.store().write(old, {100, 0}));
}

// The numbers of all that is on the trail, newest first.
std::vector<std::uint64_t> numbers(Node& node) {
  std::vector<std::uint64_t> found;
  EXPECT_TRUE(actions_before(node.journal.store(), std::numeric_limits<std::uint64_t>::max(),
                             [&found](const ActionRecord& action) {
                               found.push_back(action.number);
                               return true;
                             }));
  return found;
}

TEST(Actions, are_bounded_and_the_oldest_go) {
  Node node;
  put_on_trail(node, "destination.pause", 1, kActionsKept);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(node.post("/v1/destinations/acme/pause").status(), 200);
  }
  const auto kept = numbers(node);
  EXPECT_EQ(kept.size(), kActionsKept);
  EXPECT_EQ(kept.front(), kActionsKept + 2);
  EXPECT_EQ(kept.back(), 3);
}

TEST(Actions, are_not_washed_out_by_sign_ins) {
  Node node(with_tokens());
  put_on_trail(node, "destination.pause", 1, 1);
  put_on_trail(node, "session.begin", 2, kSignInsKept - 2);
  for (int i = 0; i < 3; ++i) {
    const auto begun = node.post("/v1/session", R"({"token":"token-to-look-with"})");
    const std::string set = begun.header("Set-Cookie");
    EXPECT_EQ(
        node.ask("DELETE", "/v1/session", "",
                 {{"Cookie", set.substr(0, set.find(';'))}, {"Origin", "http://localhost:8081"}})
            .status(),
        204);
  }
  const auto kept = numbers(node);
  EXPECT_EQ(kept.size(), 1 + kSignInsKept);
  EXPECT_EQ(kept.front(), kSignInsKept + 4);
  EXPECT_EQ(kept[kept.size() - 2], 5) << "other sign-ins than the oldest are gone";
  EXPECT_EQ(kept.back(), 1);
}

// A journal of before there were shares, in which sign-ins had taken up nearly all the room.
TEST(Actions, of_an_older_journal_come_down_to_their_shares) {
  Node node;
  put_on_trail(node, "destination.pause", 1, 1);
  put_on_trail(node, "session.begin", 2, kActionsKept);
  EXPECT_EQ(node.post("/v1/destinations/acme/pause").status(), 200);
  const auto kept = numbers(node);
  EXPECT_EQ(kept.size(), 2 + kSignInsKept);
  EXPECT_EQ(kept.front(), kActionsKept + 1);
  EXPECT_EQ(kept.back(), 1);
}

// What was decided for a batch that was not written is decided again.
TEST(Actions, go_by_what_the_store_has) {
  Node node;
  for (std::uint64_t number = 1; number <= kActionsKept; ++number) {
    node.context.trail->add(number, "destination.pause");
  }
  EXPECT_EQ(node.post("/v1/destinations/acme/pause").status(), 200);
  EXPECT_EQ(numbers(node), (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(node.context.trail->last(), 1);
}

}  // namespace
}  // namespace spillway::admin
