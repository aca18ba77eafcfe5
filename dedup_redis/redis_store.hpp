// The claim store in Redis: SET with NX and a time to live. Keeps one connection, which each ping
// makes anew where it is gone. Made by app for each io thread, used on it alone.
#pragma once

#include "dedup/claim_probe.hpp"
#include "dedup/claim_store.hpp"
#include "dedup/redis_options.hpp"
#include "http/async.hpp"
#include "http/resolver.hpp"

#include <memory>
#include <string>

namespace spillway::dedup {

class RedisLink;

class RedisStore final : public ClaimStore {
 public:
  // `tls` is null unless the address wants it. Resolver and probe outlive the store.
  RedisStore(http::IoExecutor executor, http::Resolver& resolver, ClaimProbe& probe,
             RedisAddress address, http::ClientTlsPtr tls);
  ~RedisStore() override;

  void claim(std::string key, std::string holder, core::Duration window,
             ClaimCallback callback) override;
  void ping(PingCallback callback) override;

  // Closes the connection; what waits is called back. On the io thread, before it ends.
  void close();

 private:
  struct Shared;

  std::shared_ptr<Shared> shared_;
};

}  // namespace spillway::dedup
