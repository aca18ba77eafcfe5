#include "http/resolver.hpp"

#include "tests/unit/http/dns_server.hpp"
#include "tests/unit/http/loop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace spillway::http {
namespace {

using namespace std::chrono_literals;
using testing_support::DnsServer;
using testing_support::Loop;

class ResolverTest : public testing::Test {
 protected:
  std::unique_ptr<Resolver> open(ResolverOptions options = {}) {
    options.dns.nameservers = {server_.address()};
    auto resolver = Resolver::open(loop_.executor(), std::move(options));
    EXPECT_TRUE(resolver) << resolver.error().message;
    return std::move(*resolver);
  }

  static std::vector<std::string> texts(const Resolver::Answer& answer) {
    std::vector<std::string> result;
    EXPECT_TRUE(answer) << answer.error().message;
    if (answer) {
      for (const auto& address : **answer) {
        result.push_back(address.to_string());
      }
    }
    return result;
  }

  auto ask(Resolver& resolver, std::string host, core::Duration limit = 9s) {
    return loop_.start(resolver.resolve(std::move(host), deadline_in(limit)));
  }

  Loop loop_;
  DnsServer server_{loop_};
};

using Strings = std::vector<std::string>;

TEST_F(ResolverTest, finds_both_families) {
  server_.records["a.test"] = {.ipv4 = {"192.0.2.1"}, .ipv6 = {"2001:db8::1"}};
  const auto resolver = open();
  Strings found = texts(loop_.finish(ask(*resolver, "a.test")));
  std::ranges::sort(found);
  EXPECT_EQ(found, (Strings{"192.0.2.1", "2001:db8::1"}));
}

TEST_F(ResolverTest, follows_an_alias) {
  server_.records["www.test"] = {.ipv4 = {"192.0.2.2"}, .cname = "real.test"};
  const auto resolver = open();
  EXPECT_EQ(texts(loop_.finish(ask(*resolver, "www.test"))), Strings{"192.0.2.2"});
}

TEST_F(ResolverTest, hosts_file_comes_first) {
  const auto resolver = open();
  const Strings found = texts(loop_.finish(ask(*resolver, "localhost")));
  EXPECT_NE(std::ranges::find(found, "127.0.0.1"), found.end());
  EXPECT_THAT(server_.asked, testing::IsEmpty());
}

TEST_F(ResolverTest, asks_once_for_callers_at_the_same_time_and_within_the_ttl) {
  server_.records["a.test"] = {.ipv4 = {"192.0.2.1"}};
  const auto resolver = open();
  const auto first = ask(*resolver, "a.test");
  const auto second = ask(*resolver, "a.test");
  EXPECT_EQ(texts(loop_.finish(first)), Strings{"192.0.2.1"});
  EXPECT_EQ(texts(loop_.finish(second)), Strings{"192.0.2.1"});
  EXPECT_EQ(texts(loop_.finish(ask(*resolver, "a.test"))), Strings{"192.0.2.1"});
  EXPECT_EQ(server_.asked["a.test"], 1);
}

TEST_F(ResolverTest, asks_again_when_the_ttl_is_over) {
  server_.records["a.test"] = {.ipv4 = {"192.0.2.1"}, .ttl = 0};
  const auto resolver = open({.ttl_min = 0s});
  (void)loop_.finish(ask(*resolver, "a.test"));
  server_.records["a.test"].ipv4 = {"192.0.2.7"};
  EXPECT_EQ(texts(loop_.finish(ask(*resolver, "a.test"))), Strings{"192.0.2.7"});
  EXPECT_EQ(server_.asked["a.test"], 2);
}

TEST_F(ResolverTest, bounds_the_ttl_on_both_sides) {
  server_.records["long.test"] = {.ipv4 = {"192.0.2.1"}, .ttl = 86'400};
  server_.records["short.test"] = {.ipv4 = {"192.0.2.1"}, .ttl = 0};
  const auto capped = open({.ttl_min = 0s, .ttl_max = 0s});
  (void)loop_.finish(ask(*capped, "long.test"));
  (void)loop_.finish(ask(*capped, "long.test"));
  EXPECT_EQ(server_.asked["long.test"], 2);
  const auto floored = open({.ttl_min = 60s});
  (void)loop_.finish(ask(*floored, "short.test"));
  (void)loop_.finish(ask(*floored, "short.test"));
  EXPECT_EQ(server_.asked["short.test"], 1);
}

TEST_F(ResolverTest, remembers_failures_briefly) {
  const auto resolver = open({.negative_ttl = 60s});
  const auto missing = loop_.finish(ask(*resolver, "missing.test"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, core::ErrorCode::not_found);
  EXPECT_FALSE(loop_.finish(ask(*resolver, "missing.test")));
  EXPECT_EQ(server_.asked["missing.test"], 1);
}

TEST_F(ResolverTest, failing_name_server_is_told_from_a_missing_name) {
  server_.records["broken.test"] = {.rcode = 2};
  const auto resolver = open();
  const auto answer = loop_.finish(ask(*resolver, "broken.test"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, core::ErrorCode::unavailable);
}

TEST_F(ResolverTest, silent_name_server_holds_up_nobody_else) {
  server_.records["silent.test"] = {.silent = true};
  server_.records["good.test"] = {.ipv4 = {"192.0.2.1"}};
  const auto resolver = open();
  const auto silent = ask(*resolver, "silent.test");
  loop_.run_until([&] { return server_.asked["silent.test"] > 0; });
  EXPECT_EQ(texts(loop_.finish(ask(*resolver, "good.test"))), Strings{"192.0.2.1"});
  EXPECT_FALSE(silent->has_value());
  resolver->stop();
  (void)loop_.finish(silent);
}

TEST_F(ResolverTest, each_caller_keeps_its_own_deadline) {
  server_.records["silent.test"] = {.silent = true};
  const auto resolver = open();
  const auto patient = ask(*resolver, "silent.test");
  const auto hasty = ask(*resolver, "silent.test", 1ms);
  const auto answer = loop_.finish(hasty);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, core::ErrorCode::timeout);
  EXPECT_FALSE(patient->has_value());
  resolver->stop();
  (void)loop_.finish(patient);
}

TEST_F(ResolverTest, silence_ends_by_itself) {
  server_.records["silent.test"] = {.silent = true};
  const auto resolver = open({.dns = {.query_timeout = 5ms, .tries = 2}});
  const auto answer = loop_.finish(ask(*resolver, "silent.test"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, core::ErrorCode::timeout);
  EXPECT_EQ(server_.asked["silent.test"], 2);
}

TEST_F(ResolverTest, number_of_hosts_asked_for_at_once_is_bounded) {
  server_.records["silent.test"] = {.silent = true};
  const auto resolver = open({.asked_max = 1});
  const auto silent = ask(*resolver, "silent.test");
  loop_.run_until([&] { return server_.asked["silent.test"] > 0; });
  const auto refused = loop_.finish(ask(*resolver, "other.test"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::ErrorCode::unavailable);
  resolver->stop();
  (void)loop_.finish(silent);
}

TEST_F(ResolverTest, cache_is_bounded) {
  server_.records["a.test"] = {.ipv4 = {"192.0.2.1"}};
  server_.records["b.test"] = {.ipv4 = {"192.0.2.2"}};
  const auto resolver = open({.cached_max = 1});
  (void)loop_.finish(ask(*resolver, "a.test"));
  (void)loop_.finish(ask(*resolver, "b.test"));
  (void)loop_.finish(ask(*resolver, "a.test"));
  EXPECT_EQ(server_.asked["a.test"], 2);
}

TEST_F(ResolverTest, stop_ends_what_waits_and_refuses_the_rest) {
  server_.records["silent.test"] = {.silent = true};
  const auto resolver = open();
  const auto waiting = ask(*resolver, "silent.test");
  loop_.run_until([&] { return server_.asked["silent.test"] > 0; });
  resolver->stop();
  EXPECT_EQ(loop_.finish(waiting).error().code, core::ErrorCode::cancelled);
  EXPECT_EQ(loop_.finish(ask(*resolver, "a.test")).error().code, core::ErrorCode::cancelled);
}

TEST_F(ResolverTest, unreadable_name_server_is_refused) {
  ResolverOptions options;
  options.dns.nameservers = {"not an address"};
  const auto resolver = Resolver::open(loop_.executor(), options);
  ASSERT_FALSE(resolver);
  EXPECT_EQ(resolver.error().code, core::ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace spillway::http
