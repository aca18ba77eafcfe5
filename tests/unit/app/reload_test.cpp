#include "app/reload.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spillway::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

config::Config config_at(std::string admin_address) {
  config::Config config;
  config.admin.address = std::move(admin_address);
  return config;
}

config::Config with_source(bool replicated) {
  config::Config config = config_at("127.0.0.1");
  config.sources.emplace_back();
  if (replicated) {
    config.sources.back().replicated = gateway::OnUnavailable::journal;
  }
  return config;
}

TEST(Reload, the_first_source_with_copies_takes_a_restart) {
  EXPECT_TRUE(check_reload(with_source(false), with_source(false)));
  EXPECT_TRUE(check_reload(with_source(true), with_source(true)));
  EXPECT_TRUE(check_reload(with_source(true), with_source(false)));
  EXPECT_FALSE(check_reload(with_source(false), with_source(true)));
}

// The listener stays where it is, though the new configuration has it on loopback.
TEST(Reload, a_listener_that_others_reach_keeps_a_token) {
  config::Config open_to_all = config_at("0.0.0.0");
  open_to_all.tokens = {{"oncall", admin::Role::operating, "a-token-of-the-operator"}};
  EXPECT_FALSE(check_reload(open_to_all, config_at("127.0.0.1")));
  EXPECT_TRUE(check_reload(open_to_all, open_to_all));
  EXPECT_TRUE(check_reload(config_at("127.0.0.1"), config_at("127.0.0.1")));
}

TEST(Reload, names_each_key_that_only_a_restart_changes) {
  const config::Config started = config_at("127.0.0.1");
  EXPECT_THAT(needs_restart(started, started), IsEmpty());
  config::Config next = started;
  next.tokens = {{"oncall", admin::Role::operating, "a-token-of-the-operator"}};
  next.retention.dead = std::chrono::hours(1);
  next.body_bytes_max = 7;
  next.log_level = core::LogLevel::debug;
  EXPECT_THAT(needs_restart(started, next), IsEmpty());
  next.node = "other";
  next.data_dir = "/other";
  next.disk_budget = 1;
  next.threads = 7;
  next.ingest_memory = 1;
  next.delivery_memory = 1;
  next.ingest.port = 81;
  next.ingest.server.idle_timeout = std::chrono::seconds(7);
  next.admin.address = "::1";
  next.admin.tls.emplace();
  next.peers.emplace();
  next.redis.emplace();
  next.kafka.emplace();
  next.shutdown_delay = std::chrono::seconds(7);
  next.shutdown_limit = std::chrono::seconds(7);
  EXPECT_THAT(needs_restart(started, next),
              ElementsAre("node", "data_dir", "disk_budget", "threads", "memory.ingest",
                          "memory.delivery", "listen.ingest.address", "listen.ingest.limits",
                          "listen.admin.address", "listen.admin.tls", "listen.admin.peers", "redis",
                          "kafka", "shutdown.delay", "shutdown.limit"));
}

}  // namespace
}  // namespace spillway::app
