// The port to what nodes share: a store that gives each key to the first who asks for it.
// RedisStore is the production one, tests have one in memory. One per io thread, on it alone.
#pragma once

#include <functional>
#include <string>

#include "core/clock.hpp"
#include "core/error.hpp"

namespace spillway::dedup {

class ClaimStore {
 public:
  // Who holds the key now.
  using ClaimCallback = std::move_only_function<void(core::Result<std::string>)>;
  using PingCallback = std::move_only_function<void(core::Result<void>)>;

  virtual ~ClaimStore() = default;

  // Gives the key to `holder` for `window`, unless somebody holds it. Calls back at most once,
  // never from within the call; maybe late, maybe never: who asks has a deadline.
  virtual void claim(std::string key, std::string holder, core::Duration window,
                     ClaimCallback callback) = 0;

  // Is it there? Connects anew where there is no connection, or where the last ping was not
  // answered. The same about calling back.
  virtual void ping(PingCallback callback) = 0;
};

}  // namespace spillway::dedup
