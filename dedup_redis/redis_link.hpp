// One connection to Redis: hiredis' asynchronous protocol on an io_context. Made by RedisStore,
// which alone knows what is said on it; one io thread.
#pragma once

#include "core/error.hpp"
#include "http/async.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

struct ssl_st;

namespace spillway::dedup {

// What Redis answered, as far as it is of use here.
struct RedisReply {
  bool nil = false;
  std::string text;                // of a string, status or number
  std::vector<std::string> items;  // of an array of strings
};

class RedisLink {
 public:
  using Callback = std::move_only_function<void(core::Result<RedisReply>)>;

  // Begins to connect to the address, an IP address; commands may be given at once. `tls` is null
  // or a session for this connection, which is taken over.
  [[nodiscard]] static core::Result<std::unique_ptr<RedisLink>> open(http::IoExecutor executor,
                                                                     const std::string& address,
                                                                     std::uint16_t port,
                                                                     ssl_st* tls);
  // Every command that is not answered yet is called back with an error.
  ~RedisLink();
  RedisLink(const RedisLink&) = delete;
  RedisLink& operator=(const RedisLink&) = delete;

  // Sends a command. Calls back exactly once: with the answer, or with why there is none; within
  // the call only if the connection is gone. An error that Redis answers is an error here.
  void command(const std::vector<std::string>& words, Callback callback);

  [[nodiscard]] bool broken() const;

 private:
  class Loop;

  explicit RedisLink(std::shared_ptr<Loop> loop) : loop_(std::move(loop)) {}

  std::shared_ptr<Loop> loop_;
};

}  // namespace spillway::dedup
