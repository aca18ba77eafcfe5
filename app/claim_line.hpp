// What one io thread needs to claim events among several nodes: its connection to Redis and the
// desk that asks over it. Made by Node where `redis` is configured; used on that thread.
#pragma once

#include <memory>
#include <string>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/executor.hpp"
#include "dedup/claim_desk.hpp"
#include "dedup/claim_probe.hpp"
#include "dedup/redis_options.hpp"
#include "dedup_redis/redis_store.hpp"
#include "http/async.hpp"
#include "http/client_tls.hpp"
#include "http/resolver.hpp"

namespace spillway::app {

class ClaimLine {
 public:
  // Executor, clock and probe outlive the line. `tls` is null unless the address wants it.
  static core::Result<std::unique_ptr<ClaimLine>> make(http::IoExecutor io,
                                                       core::Executor& executor,
                                                       const core::Clock& clock,
                                                       dedup::ClaimProbe& probe,
                                                       const dedup::RedisOptions& options,
                                                       http::ClientTlsPtr tls, std::string node);

  [[nodiscard]] dedup::ClaimDesk& desk() { return desk_; }

  // On the thread.
  void start() { desk_.start(); }
  void stop() {
    desk_.stop();
    store_.close();
    names_->stop();
  }

 private:
  ClaimLine(std::unique_ptr<http::Resolver> names, http::IoExecutor io, core::Executor& executor,
            const core::Clock& clock, dedup::ClaimProbe& probe, const dedup::RedisOptions& options,
            http::ClientTlsPtr tls, std::string node)
      : names_(std::move(names)),
        store_(io, *names_, probe, options.address, std::move(tls)),
        desk_(executor, clock, store_, probe, {std::move(node), options.timeout}) {}

  std::unique_ptr<http::Resolver> names_;
  dedup::RedisStore store_;
  dedup::ClaimDesk desk_;
};

}  // namespace spillway::app
