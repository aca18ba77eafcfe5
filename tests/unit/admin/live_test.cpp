#include "admin/live.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using testing_support::Node;

using Stream = std::shared_ptr<http::BodyStream>;

Stream listen(Node& node, testing_support::Headers headers = {}) {
  node.start("GET", "/v1/stream", std::move(headers));
  return node.started_answer() ? node.started_answer()->stream : nullptr;
}

std::string event(std::string_view topic, const std::string& body) {
  return "event: " + std::string(topic) + "\ndata: " + body + "\n\n";
}

TEST(Live, tells_at_once_what_the_single_questions_answer) {
  Node node;
  const Stream stream = listen(node);
  ASSERT_TRUE(stream);
  EXPECT_EQ(node.started_answer()->content_type, "text/event-stream");
  EXPECT_EQ(*node.read(stream), event("summary", node.get("/v1/summary").body()));
  EXPECT_EQ(*node.read(stream), event("destinations", node.get("/v1/destinations").body()));
  EXPECT_EQ(*node.read(stream), event("jobs", node.get("/v1/jobs").body()));
  stream->stop();
}

TEST(Live, goes_on_every_two_seconds_and_with_jobs_when_one_changed) {
  Node node;
  const Stream stream = listen(node);
  for (int i = 0; i < 3; ++i) {
    node.read(stream);
  }
  node.time.run_for(LiveFeed::kEvery);
  EXPECT_THAT(*node.read(stream), StartsWith("event: summary\n"));
  EXPECT_THAT(*node.read(stream), StartsWith("event: destinations\n"));
  EXPECT_EQ(node.post("/v1/dead/replay", R"({"filter":{}})").status(), 202);
  node.time.run_for(LiveFeed::kEvery);
  EXPECT_THAT(*node.read(stream), StartsWith("event: summary\n"));
  EXPECT_THAT(*node.read(stream), StartsWith("event: destinations\n"));
  EXPECT_THAT(*node.read(stream), StartsWith("event: jobs\ndata: {\"jobs\":[{\"id\":1,"));
  stream->stop();
}

TEST(Live, whoever_reads_slowly_gets_the_newest) {
  Node node;
  const Stream stream = listen(node);
  for (int i = 0; i < 100; ++i) {
    node.time.run_for(LiveFeed::kEvery);
    node.run();
  }
  EXPECT_EQ(node.post("/v1/destinations/acme/pause").status(), 200);
  node.time.run_for(LiveFeed::kEvery);
  node.run();
  EXPECT_THAT(*node.read(stream), HasSubstr("\"destinations_paused\":1"));
  EXPECT_THAT(*node.read(stream), HasSubstr("\"state\":\"paused\""));
  EXPECT_THAT(*node.read(stream), StartsWith("event: jobs\n"));
  stream->stop();
}

TEST(Live, is_silent_for_so_long_only) {
  Node node;
  const auto stream = std::make_shared<LiveStream>(node.context, Asker{});
  const auto part = node.read(stream);
  node.time.run_for(std::chrono::seconds(14));
  node.run();
  EXPECT_EQ(*part, "");
  node.time.run_for(std::chrono::seconds(2));
  node.run();
  EXPECT_EQ(*part, ": keep-alive\n\n");
}

TEST(Live, nothing_is_asked_of_the_node_when_nobody_listens) {
  Node node;
  {
    const Stream stream = listen(node);
    stream->stop();
  }
  node.time.run_for(LiveFeed::kEvery);
  node.run();
  EXPECT_EQ(node.time.waiting(), 0);
}

TEST(Live, so_many_may_listen_and_no_more) {
  Node node;
  std::vector<Stream> streams;
  for (std::size_t i = 0; i < LiveFeed::kStreamsMax; ++i) {
    streams.push_back(listen(node));
    ASSERT_TRUE(streams.back());
  }
  EXPECT_FALSE(listen(node));
  EXPECT_EQ(node.started_answer()->status, 503);
  streams.back()->stop();
  EXPECT_TRUE(listen(node));
  streams.front() = nullptr;  // the connection is gone
  EXPECT_TRUE(listen(node));
  for (const Stream& stream : streams) {
    if (stream) {
      stream->stop();
    }
  }
}

TEST(Live, one_token_has_a_share_of_them_however_it_asks) {
  Node node({.address = "127.0.0.1",
             .tokens = {{"board", Role::viewing, "token-to-look-with"},
                        {"oncall", Role::operating, "s3cret-token"}}});
  const core::Header board{"Authorization", "Bearer token-to-look-with"};
  const core::Header oncall{"Authorization", "Bearer s3cret-token"};
  const auto begun = node.post("/v1/session", R"({"token":"token-to-look-with"})");
  const std::string set = begun.header("Set-Cookie");
  const core::Header cookie{"Cookie", set.substr(0, set.find(';'))};
  std::vector<Stream> streams;
  for (std::size_t i = 0; i < LiveFeed::kOfOneMax; ++i) {
    streams.push_back(listen(node, {i % 2 == 0 ? board : cookie}));
    ASSERT_TRUE(streams.back());
  }
  EXPECT_FALSE(listen(node, {cookie}));
  EXPECT_EQ(node.started_answer()->status, 429);
  EXPECT_THAT(node.started_answer()->body, HasSubstr("board"));
  EXPECT_FALSE(listen(node, {board}));
  streams.push_back(listen(node, {oncall}));
  EXPECT_TRUE(streams.back());
  streams.front()->stop();
  streams.push_back(listen(node, {board}));
  EXPECT_TRUE(streams.back());
  for (const Stream& stream : streams) {
    stream->stop();
  }
}

TEST(Live, a_stream_ends_with_its_session) {
  Node node({.address = "127.0.0.1", .tokens = {{"oncall", Role::operating, "s3cret-token"}}});
  const auto begun = node.post("/v1/session", R"({"token":"s3cret-token"})");
  const std::string set = begun.header("Set-Cookie");
  const core::Header cookie{"Cookie", set.substr(0, set.find(';'))};
  const Stream stream = listen(node, {cookie});
  ASSERT_TRUE(stream);
  for (int i = 0; i < 3; ++i) {
    node.read(stream);
  }
  EXPECT_EQ(
      node.ask("DELETE", "/v1/session", "", {cookie, {"Origin", "http://localhost:8081"}}).status(),
      204);
  node.time.run_for(LiveFeed::kEvery);
  EXPECT_EQ(*node.read(stream), "(end)");
}

}  // namespace
}  // namespace spillway::admin
