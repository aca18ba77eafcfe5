#include "dedup/redis_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spillway::dedup {
namespace {

using testing::HasSubstr;
using testing::Not;

RedisAddress parsed(std::string_view url) {
  auto address = RedisAddress::parse(url);
  EXPECT_TRUE(address) << url;
  return address.value_or(RedisAddress{});
}

TEST(RedisAddress, takes_host_port_database_and_credentials) {
  EXPECT_EQ(parsed("redis://r1"), (RedisAddress{.host = "r1"}));
  EXPECT_EQ(parsed("redis://r1:7000/3"), (RedisAddress{.host = "r1", .port = 7000, .database = 3}));
  EXPECT_EQ(parsed("rediss://r1/"), (RedisAddress{.host = "r1", .tls = true}));
  EXPECT_EQ(parsed("redis://:p%40ss@[::1]:6380"),
            (RedisAddress{.host = "::1", .port = 6380, .password = "p@ss"}));
  EXPECT_EQ(parsed("redis://me:p@ss@r1"),
            (RedisAddress{.host = "r1", .user = "me", .password = "p@ss"}));
}

TEST(RedisAddress, refuses_what_it_would_have_to_guess) {
  for (const char* const url :
       {"", "r1:6379", "http://r1", "redis://", "redis://r1:0", "redis://r1:65536", "redis://r1:x",
        "redis://r1/x", "redis://r1/-1", "redis://r1?db=1", "redis://[::1", "redis://[::1]6379",
        "redis://user@r1", "redis://:@r1", "redis://:%zz@r1"}) {
    EXPECT_FALSE(RedisAddress::parse(url)) << url;
  }
}

TEST(RedisAddress, an_error_never_shows_the_password) {
  const auto refused = RedisAddress::parse("redis://me:s3cret@r1:notaport");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("the port"));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace spillway::dedup
