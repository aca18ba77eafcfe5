#include "app/reload.hpp"

#include <gtest/gtest.h>

namespace spillway::app {
namespace {

config::Config with_source(bool replicated) {
  config::Config config;
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

}  // namespace
}  // namespace spillway::app
