// What is configured about the Redis that the nodes of a cluster share. Read by config, used by
// dedup_redis. Plain data, any thread.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "http/client_tls.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace spillway::dedup {

// Where it is and how to sign in.
struct RedisAddress {
  std::string host{};  // a name, or an address without brackets
  std::uint16_t port = 6379;
  std::string user{};      // empty: the default user
  std::string password{};  // empty: no sign-in
  unsigned database = 0;
  bool tls = false;

  // redis://[[user]:password@]host[:port][/database], rediss:// with TLS. User and password are
  // percent-decoded. The error never shows the password.
  [[nodiscard]] static core::Result<RedisAddress> parse(std::string_view url);

  bool operator==(const RedisAddress&) const = default;
};

struct RedisOptions {
  RedisAddress address;
  http::ClientTlsOptions tls;
  core::Duration timeout = std::chrono::milliseconds(5);  // of one claim
  std::string secret;                                     // ClaimHasher

  bool operator==(const RedisOptions&) const = default;
};

}  // namespace spillway::dedup
