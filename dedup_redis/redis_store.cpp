#include "dedup_redis/redis_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "core/log.hpp"
#include "dedup_redis/redis_link.hpp"

namespace spillway::dedup {
namespace {

constexpr core::Duration kResolveTimeout = std::chrono::seconds(1);
constexpr std::string_view kKeepsAll = "noeviction";

std::unexpected<core::Error> unavailable(std::string message) {
  return core::fail(core::ErrorCode::unavailable, std::move(message));
}

}  // namespace

// Outlives the store while a name is being resolved.
struct RedisStore::Shared : std::enable_shared_from_this<Shared> {
  Shared(http::IoExecutor io, http::Resolver& names, ClaimProbe& metrics, RedisAddress to,
         http::ClientTlsPtr session)
      : executor(io),
        resolver(&names),
        probe(&metrics),
        address(std::move(to)),
        tls(std::move(session)) {}

  // Never from within the call that asked.
  template <class Callback>
  void fail_later(Callback callback, std::unexpected<core::Error> error) {
    boost::asio::post(executor, [answer = std::move(callback), why = std::move(error)]() mutable {
      answer(std::move(why));
    });
  }

  [[nodiscard]] bool connected() const { return link != nullptr && !link->broken(); }

  // Its callbacks may ask for something new.
  void drop_link() { const auto dropped = std::move(link); }

  void ping(PingCallback callback) {
    if (connected() && !std::exchange(pinging, true)) {
      link->command(
          {"PING"}, [this, answer = std::move(callback)](core::Result<RedisReply> reply) mutable {
            pinging = false;
            answer(reply ? core::Result<void>() : std::unexpected(std::move(reply).error()));
          });
      return;
    }
    drop_link();
    if (closed || std::exchange(connecting, true)) {
      fail_later(std::move(callback), unavailable("Redis is not connected"));
      return;
    }
    boost::asio::co_spawn(executor, connect(shared_from_this(), std::move(callback)),
                          boost::asio::detached);
  }

  static http::Awaitable<> connect(std::shared_ptr<Shared> self, PingCallback callback) {
    http::Url url;
    url.host = self->address.host;
    url.port = self->address.port;
    boost::system::error_code is_name;
    auto found = boost::asio::ip::make_address(url.host, is_name);
    if (is_name) {
      const http::Resolver::Answer answer =
          co_await self->resolver->resolve(url.host, http::deadline_in(kResolveTimeout));
      if (!answer) {
        self->connecting = false;
        self->fail_later(std::move(callback), std::unexpected(answer.error()));
        co_return;
      }
      found = (*answer)->front();
    } else {
      url.address = found;
    }
    self->connecting = false;
    self->connect_to(found.to_string(), url, std::move(callback));
  }

  void connect_to(const std::string& found, const http::Url& url, PingCallback callback) {
    if (closed) {
      fail_later(std::move(callback), unavailable("stopping"));
      return;
    }
    ssl_st* const session = tls == nullptr ? nullptr : tls->make_session(url);
    if (tls != nullptr && session == nullptr) {  // never without it, where it was asked for
      fail_later(std::move(callback), unavailable("no TLS session can be made for " + url.host));
      return;
    }
    auto opened = RedisLink::open(executor, found, url.port, session);
    if (!opened) {
      fail_later(std::move(callback), std::unexpected(std::move(opened).error()));
      return;
    }
    link = *std::move(opened);
    pinging = true;
    introduce(std::move(callback));
  }

  // All of it goes out at once; what is refused before fails what comes after.
  void introduce(PingCallback callback) {
    const auto refused = std::make_shared<core::Result<void>>();
    const auto note = [refused](core::Result<RedisReply> reply) {
      if (!reply && *refused) {
        *refused = std::unexpected(std::move(reply).error());
      }
    };
    if (!address.password.empty()) {
      std::vector<std::string> words{"AUTH"};
      if (!address.user.empty()) {
        words.push_back(address.user);
      }
      words.push_back(address.password);
      link->command(words, note);
    }
    if (address.database != 0) {
      link->command({"SELECT", std::to_string(address.database)}, note);
    }
    link->command({"CONFIG", "GET", "maxmemory-policy"},
                  [this](const core::Result<RedisReply>& reply) { judge_policy(reply); });
    link->command({"PING"}, [this, refused,
                             answer = std::move(callback)](core::Result<RedisReply> reply) mutable {
      pinging = false;
      if (!*refused) {
        drop_link();  // never go on as another user, or in another database
        answer(std::move(*refused));
      } else if (!reply) {
        answer(std::unexpected(std::move(reply).error()));
      } else {
        answer({});
      }
    });
  }

  // Some services let nobody ask: then nothing is known.
  void judge_policy(const core::Result<RedisReply>& reply) {
    if (!reply || reply->items.size() != 2) {
      return;
    }
    const std::string& policy = reply->items[1];
    const bool evicts = policy != kKeepsAll;
    probe->may_evict(evicts);
    if (evicts) {
      core::log(core::LogLevel::error, "redis.evicts",
                {{"maxmemory_policy", policy},
                 {"effect", "keys may be forgotten early: set maxmemory-policy to noeviction"}});
    }
  }

  http::IoExecutor executor;
  http::Resolver* resolver;
  ClaimProbe* probe;
  RedisAddress address;
  http::ClientTlsPtr tls;
  std::unique_ptr<RedisLink> link;
  bool connecting = false;
  bool pinging = false;  // and not answered yet
  bool closed = false;
};

RedisStore::RedisStore(http::IoExecutor executor, http::Resolver& resolver, ClaimProbe& probe,
                       RedisAddress address, http::ClientTlsPtr tls)
    : shared_(std::make_shared<Shared>(executor, resolver, probe, std::move(address),
                                       std::move(tls))) {}

RedisStore::~RedisStore() {
  close();
}

void RedisStore::close() {
  shared_->closed = true;
  shared_->drop_link();
}

void RedisStore::ping(PingCallback callback) {
  shared_->ping(std::move(callback));
}

// GET in the same write tells who holds the key, whether SET took it or not: one round trip, and no
// newer Redis needed for SET to tell.
void RedisStore::claim(std::string key, std::string holder, core::Duration window,
                       ClaimCallback callback) {
  if (!shared_->connected()) {
    shared_->fail_later(std::move(callback), unavailable("Redis is not connected"));
    return;
  }
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(window).count();
  const auto refused = std::make_shared<core::Result<void>>();
  RedisLink& link = *shared_->link;
  link.command({"SET", key, std::move(holder), "NX", "PX",
                std::to_string(std::max<std::int64_t>(1, millis))},
               [refused](core::Result<RedisReply> reply) {
                 if (!reply) {
                   *refused = std::unexpected(std::move(reply).error());
                 }
               });
  link.command({"GET", std::move(key)},
               [refused, answer = std::move(callback)](core::Result<RedisReply> reply) mutable {
                 if (!*refused) {
                   answer(std::unexpected(std::move(*refused).error()));
                 } else if (!reply) {
                   answer(std::unexpected(std::move(reply).error()));
                 } else if (reply->nil) {
                   answer(unavailable("Redis did not keep the key"));
                 } else {
                   answer(std::move(reply->text));
                 }
               });
}

}  // namespace spillway::dedup
