#include "admin/pass_on.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "admin/node_pass.hpp"
#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using testing_support::Headers;
using testing_support::Node;

constexpr std::string_view kSecret = "a secret that the nodes of this cluster share";
constexpr std::uint16_t kTag = 7;  // as access knows both
constexpr std::string_view kViewer = "token-to-look-with";

AccessOptions access() {
  return {.address = "127.0.0.1",
          .tokens = {{"oncall", Role::operating, "s3cret-token"},
                     {"board", Role::viewing, std::string(kViewer)}},
          .peer_secret = std::string(kSecret),
          .node_tag = kTag};
}

// A node "n1" that knows another one, "n2", and asks it directly.
struct Pair {
  Pair() {
    NodeStatus known;
    known.tag = foreign_tag();
    known.name = "n2";
    known.heard_ago = std::chrono::seconds(3);
    known.admin = "http://n2:8081";
    here.nodes.push_back(known);
    there.event_tag = foreign_tag();
    here.context.ask_peer = [this](const std::string& url, const PeerQuestion& question,
                                   core::Duration, auto done) {
      asked.push_back(url + " " + question.method + " " + question.target);
      done(put(question));
    };
  }

  // As n2 gets it, if it takes it.
  core::Result<http::Response> put(const PeerQuestion& question) {
    if (unreachable) {
      return core::fail(core::ErrorCode::timeout, "connect: no answer in time");
    }
    EXPECT_EQ(question.to, foreign_tag());
    const std::string digest = content_digest(question.body);
    const std::string pass = NodePass(secret_here)
                                 .sign({question.method, question.target, digest, kTag},
                                       question.passed, there.time.now());
    const auto reply =
        there.ask(question.method, question.target, question.body,
                  {{std::string(kNodePassHeader), pass}, {std::string(kDigestHeader), digest}});
    return http::Response{
        .status = reply.status(),
        .content_type = reply.content_type(),
        .body = reply.body(),
        .headers = {{"Cache-Control", "no-store"}, {"Content-Disposition", "attachment"}}};
  }

  [[nodiscard]] std::uint16_t foreign_tag() {
    return static_cast<std::uint16_t>(here.journal.writer().node_tag() + 1);
  }
  // The path of an event that n2 is to have, by its tag; it has it not.
  std::string foreign_path() {
    core::SeededRandom random(1);
    return "/v1/events/" + core::EventId::make(here.time.now(), foreign_tag(), random).to_string();
  }
  [[nodiscard]] auto ask(std::string method, std::string_view target, std::string body = "",
                         std::string_view token = "s3cret-token") {
    return here.ask(std::move(method), target, std::move(body),
                    {{"Authorization", "Bearer " + std::string(token)}});
  }

  Node here{access()};
  Node there{access()};
  std::string secret_here{kSecret};
  bool unreachable = false;
  std::vector<std::string> asked;
};

TEST(PassOn, puts_a_question_about_an_event_to_the_node_that_accepted_it) {
  Pair pair;
  const auto event = pair.there.dead("acme");
  const auto reply = pair.ask("GET", "/v1/events/" + event.id);
  EXPECT_EQ(reply.status(), 200);
  EXPECT_EQ(reply.at("/event_id"), event.id);
  EXPECT_EQ(reply.header("Spillway-Answered-By"), "n2");
  EXPECT_EQ(reply.header("Content-Disposition"), "attachment");
  EXPECT_EQ(pair.ask("POST", "/v1/events/" + event.id + "/replay").size("/reopened"), 1u);
  EXPECT_EQ(pair.there.counts("acme").in(core::DeliveryState::pending), 1u);
  EXPECT_EQ(pair.asked.size(), 2u);
}

TEST(PassOn, asks_as_whoever_asked) {
  Pair pair;
  const std::string path = pair.foreign_path();
  EXPECT_EQ(pair.ask("GET", path, "", kViewer).status(), 404);
  EXPECT_EQ(pair.ask("GET", path + "/body", "", kViewer).status(), 403);
  EXPECT_EQ(pair.asked.size(), 1u);
}

TEST(PassOn, says_which_node_it_is_that_cannot_be_asked) {
  Pair pair;
  const std::string path = pair.foreign_path();
  pair.unreachable = true;
  const auto unreachable = pair.ask("GET", path);
  EXPECT_EQ(unreachable.status(), 503);
  EXPECT_TRUE(unreachable.body().contains("node n2 did not answer, and may have done"));
  pair.here.nodes.back().silent = true;
  pair.here.nodes.back().adopted_by = "n3";
  const auto absent = pair.ask("GET", path);
  EXPECT_EQ(absent.status(), 503);
  EXPECT_TRUE(absent.body().contains("node n2 was last heard of 3 s ago")) << absent.body();
  EXPECT_TRUE(absent.body().contains("node n3 has taken over"));
  pair.unreachable = false;
  EXPECT_EQ(pair.ask("GET", path).status(), 404);  // it was this node that heard nothing
  pair.here.nodes.back().silent = false;
  pair.here.nodes.back().admin.clear();
  const auto elsewhere = pair.ask("GET", path);
  EXPECT_EQ(elsewhere.status(), 409);
  EXPECT_TRUE(elsewhere.body().contains("accepted by node n2, which has to be asked itself"));
  const auto nodes = pair.ask("GET", "/v1/nodes");
  EXPECT_EQ(nodes.at("/nodes/0/state"), "alive");
  pair.here.nodes.back().silent = true;
  EXPECT_EQ(pair.ask("GET", "/v1/nodes").at("/nodes/0/state"), "adopted");
  EXPECT_EQ(pair.ask("GET", path).status(), 503);
  pair.here.nodes.clear();
  EXPECT_EQ(pair.ask("GET", path).status(), 404);  // nobody has heard of such a node
}

TEST(PassOn, another_secret_is_the_nodes_fault_and_not_that_of_who_asks) {
  Pair pair;
  pair.secret_here = "a secret that another cluster's nodes share";
  const auto refused = pair.ask("GET", pair.foreign_path());
  EXPECT_EQ(refused.status(), 503);
  EXPECT_TRUE(refused.body().contains("node n2 refuses this node's questions"));
}

TEST(PassOn, nothing_that_was_passed_on_is_passed_on_again) {
  Pair pair;
  const std::string path = pair.foreign_path();
  const std::string digest = content_digest("");
  const std::string pass = NodePass(kSecret).sign(
      {"GET", path, digest, kTag}, {"n9", "oncall", Role::operating}, pair.here.time.now());
  const auto reply =
      pair.here.ask("GET", path, "",
                    {{std::string(kNodePassHeader), pass}, {std::string(kDigestHeader), digest}});
  EXPECT_EQ(reply.status(), 404);
  EXPECT_TRUE(pair.asked.empty());
}

TEST(PassOn, a_job_asked_of_one_node_is_asked_of_all) {
  Pair pair;
  pair.there.accept({"acme"}, "order-7");
  const std::string purge = R"({"filter":{"source":"source","idempotency_key":"order-7"}})";
  const auto reply = pair.ask("POST", "/v1/purge", purge);
  EXPECT_EQ(reply.status(), 202);
  EXPECT_EQ(reply.at("/nodes/0/node"), "n2");
  EXPECT_EQ(reply.at("/nodes/0/done"), "true");
  EXPECT_EQ(reply.at("/nodes/0/answer/asked_by"), "oncall by n1");
  pair.there.run();
  EXPECT_EQ(pair.there.counts("acme").in(core::DeliveryState::purged), 1u);

  pair.here.nodes.back().silent = true;
  pair.unreachable = true;
  const auto alone = pair.ask("POST", "/v1/purge", purge);
  EXPECT_EQ(alone.status(), 202);
  EXPECT_EQ(alone.at("/nodes/0/done"), "false");
  EXPECT_TRUE(alone.at("/nodes/0/error").contains("was last heard of 3 s ago"));
}

TEST(PassOn, where_nodes_do_not_ask_each_other_a_job_is_one_nodes) {
  Pair pair;
  pair.here.context.ask_peer = nullptr;
  const auto reply = pair.ask("POST", "/v1/purge",
                              R"({"filter":{"source":"source","idempotency_key":"order-7"}})");
  EXPECT_EQ(reply.status(), 202);
  EXPECT_EQ(reply.at("/nodes"), "(none)");
}

TEST(PassOn, a_list_is_reconciled_with_what_all_have) {
  Pair pair;
  pair.here.accept({"acme"}, "given:here");
  pair.there.accept({"acme"}, "given:there");
  const std::string asked = R"({"source":"source","idempotency_keys":["here","there","nowhere"]})";
  const auto all = pair.ask("POST", "/v1/reconcile", asked);
  EXPECT_EQ(all.at("/known"), "2");
  EXPECT_EQ(all.at("/results/1/fate"), "known");
  EXPECT_EQ(all.at("/results/2/fate"), "unknown");
  pair.unreachable = true;
  const auto some = pair.ask("POST", "/v1/reconcile", asked);
  EXPECT_EQ(some.at("/known"), "1");
  EXPECT_EQ(some.at("/results/2/fate"), "not_answered");
  EXPECT_EQ(some.at("/not_answered"), "2");
}

TEST(PassOn, a_pass_covers_the_body_and_carries_a_role) {
  Node node(access());
  const std::string body = R"({"filter":{"source":"source","idempotency_key":"order-7"}})";
  const auto ask = [&](const std::string& sent, Role role) {
    const std::string digest = content_digest(body);
    const std::string pass = NodePass(kSecret).sign({"POST", "/v1/purge", digest, kTag},
                                                    {"n2", "somebody", role}, node.time.now());
    return node
        .ask("POST", "/v1/purge", sent,
             {{std::string(kNodePassHeader), pass}, {std::string(kDigestHeader), digest}})
        .status();
  };
  EXPECT_EQ(ask(body, Role::operating), 202);
  EXPECT_EQ(ask(body, Role::viewing), 403);
  EXPECT_EQ(ask(R"({"filter":{"source":"source","idempotency_key":"order-8"}})", Role::operating),
            401);
}

}  // namespace
}  // namespace spillway::admin
