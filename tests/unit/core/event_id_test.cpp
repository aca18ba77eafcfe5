#include "core/event_id.hpp"

#include <gtest/gtest.h>

namespace spillway::core {
namespace {

TEST(EventId, carries_time_version_variant_and_node) {
  SeededRandom random(1);
  const EventId id = EventId::make(from_micros(1'790'000'000'123'456), 0xabcd, random);
  const std::string text = id.to_string();
  EXPECT_EQ(text.substr(0, 13), "01a0c450-6c7b");
  EXPECT_EQ(text[14], '7');
  EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos);
  EXPECT_EQ(text.substr(32), "abcd");
  EXPECT_EQ(id.node_tag(), 0xabcd);
}

TEST(EventId, parses_what_it_prints_and_nothing_else) {
  SeededRandom random(2);
  const EventId id = EventId::make(from_micros(0), 7, random);
  EXPECT_EQ(EventId::parse(id.to_string()), id);
  EXPECT_FALSE(EventId::parse(""));
  EXPECT_FALSE(EventId::parse(id.to_string() + "0"));
  EXPECT_FALSE(EventId::parse("g" + id.to_string().substr(1)));
  std::string no_dash = id.to_string();
  no_dash[8] = '0';
  EXPECT_FALSE(EventId::parse(no_dash));
}

}  // namespace
}  // namespace spillway::core
