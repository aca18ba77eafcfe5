#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using testing::HasSubstr;
using testing_support::Node;

TEST(Config, is_shown_as_it_is_in_use) {
  Node node;
  node.config = {
      .file = "/etc/spillway.yaml",
      .loaded_at = node.time.now(),
      .sources = {{.name = "shop", .kind = "hmac", .path = "/in/shop", .ack = "journal"}},
      .destinations = {{.name = "acme",
                        .url = "https://acme.example/hook",
                        .order = "none",
                        .ttl = std::chrono::seconds(90)}},
      .routes = {{.name = "all", .from = "shop", .to = {"acme"}, .conditions = 2}}};
  const auto shown = node.get("/v1/config");
  EXPECT_EQ(shown.at("/file"), "/etc/spillway.yaml");
  EXPECT_EQ(shown.at("/last_reload"), "null");
  EXPECT_EQ(shown.at("/sources/0/kind"), "hmac");
  EXPECT_EQ(shown.at("/destinations/0/url"), "https://acme.example/hook");
  EXPECT_EQ(shown.at("/destinations/0/rate_per_second"), "null");
  EXPECT_EQ(shown.at("/destinations/0/ttl_seconds"), "90");
  EXPECT_EQ(shown.at("/routes/0/to/0"), "acme");
  EXPECT_EQ(shown.at("/routes/0/conditions"), "2");
}

TEST(Config, is_reloaded_when_asked) {
  Node node;
  const auto done = node.post("/v1/config/reload");
  EXPECT_EQ(done.status(), 200);
  EXPECT_EQ(done.at("/status"), "reloaded");
  EXPECT_EQ(done.at("/needs_restart"), "[]");
  EXPECT_EQ(node.get("/v1/actions").at("/actions/0/action"), "config.reload");
}

TEST(Config, what_waits_for_a_restart_is_told_at_once_and_later) {
  Node node;
  node.reloaded = Reloaded{{"listen.ingest.address", "threads"}};
  const auto done = node.post("/v1/config/reload");
  EXPECT_EQ(done.at("/needs_restart"), R"(["listen.ingest.address","threads"])");
  node.config.last_reload = {.at = node.time.now(), .needs_restart = {"threads"}};
  const auto shown = node.get("/v1/config");
  EXPECT_EQ(shown.at("/last_reload/ok"), "true");
  EXPECT_EQ(shown.at("/last_reload/needs_restart"), R"(["threads"])");
}

TEST(Config, what_is_wrong_with_it_is_told_and_put_on_the_trail) {
  Node node;
  node.reloaded = core::fail(core::ErrorCode::invalid_argument,
                             "spillway.yaml:7: destinations.acme.url: expected a URL");
  const auto refused = node.post("/v1/config/reload");
  EXPECT_EQ(refused.status(), 422);
  EXPECT_THAT(refused.at("/detail"), HasSubstr("spillway.yaml:7: destinations.acme.url"));
  const auto trail = node.get("/v1/actions");
  EXPECT_THAT(trail.at("/actions/0/outcome"), HasSubstr("refused: spillway.yaml:7"));
  node.context.reload = nullptr;
  EXPECT_EQ(node.post("/v1/config/reload").status(), 409);
}

}  // namespace
}  // namespace spillway::admin
