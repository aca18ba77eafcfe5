#include "admin/dashboard.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using testing_support::Headers;
using testing_support::Node;

constexpr std::array<DashboardFile, 2> kFiles{{
    {"/index.html", "text/html; charset=utf-8", "<!doctype html><title>Spillway</title>"},
    {"/assets/index-3f2a.js", "text/javascript; charset=utf-8", "start()"},
}};

class Dashboard : public testing::Test {
 protected:
  Dashboard() { node.context.dashboard = kFiles; }

  Node node{{.address = "127.0.0.1", .tokens = {{"oncall", Role::operating, "s3cret-token"}}}};
};

TEST_F(Dashboard, is_open_to_everybody) {
  const auto page = node.get("/");
  EXPECT_EQ(page.status(), 200);
  EXPECT_EQ(page.content_type(), "text/html; charset=utf-8");
  EXPECT_EQ(page.body(), kFiles[0].body);
  EXPECT_EQ(node.get("/assets/index-3f2a.js").body(), "start()");
  // A link somewhere leads to it; what the page then asks comes from itself.
  EXPECT_EQ(node.ask("GET", "/", "", {{"Sec-Fetch-Site", "cross-site"}}).status(), 200);
}

TEST_F(Dashboard, lets_its_page_load_nothing_from_elsewhere) {
  const std::string policy = node.get("/").header("Content-Security-Policy");
  EXPECT_TRUE(policy.starts_with("default-src 'none'; script-src 'self';")) << policy;
  EXPECT_TRUE(policy.ends_with("frame-ancestors 'none'")) << policy;
  EXPECT_EQ(node.get("/assets/index-3f2a.js").header("X-Content-Type-Options"), "nosniff");
}

TEST_F(Dashboard, is_kept_by_browsers_where_it_cannot_change) {
  EXPECT_EQ(node.get("/").header("Cache-Control"), "no-cache");
  EXPECT_EQ(node.get("/assets/index-3f2a.js").header("Cache-Control"),
            "public, max-age=31536000, immutable");
  const std::string tag = node.get("/").header("ETag");
  const auto again = node.ask("GET", "/", "", {{"If-None-Match", tag}});
  EXPECT_EQ(again.status(), 304);
  EXPECT_EQ(again.body(), "");
  EXPECT_EQ(again.header("ETag"), tag);
  EXPECT_EQ(node.ask("GET", "/", "", {{"If-None-Match", "\"other\""}}).status(), 200);
}

TEST_F(Dashboard, has_no_other_files) {
  for (const auto* path : {"/index.html", "/assets/", "/assets/nothing.js", "/assets/..",
                           "/assets/%2e%2e", "/assets/../index.html", "/favicon.ico"}) {
    EXPECT_NE(node.get(path).status(), 200) << path;
  }
  node.context.dashboard = {};
  EXPECT_EQ(node.get("/").status(), 404);
}

}  // namespace
}  // namespace spillway::admin
