// Turns host names into addresses for new connections, so that a silent name server holds up
// nobody but those who asked it (docs/correctness.md 17): answers are cached, a host is asked for
// once at a time, and every caller keeps its own deadline. Owned by a Client; one thread.
#pragma once

#include "core/error.hpp"
#include "http/deadline.hpp"
#include "http/dns_channel.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace spillway::http {

struct ResolverOptions {
  DnsOptions dns{};
  core::Duration ttl_min = std::chrono::seconds(1);  // bounds for how long an answer is believed
  core::Duration ttl_max = std::chrono::seconds(60);
  core::Duration negative_ttl = std::chrono::seconds(1);
  std::size_t cached_max = 16'384;  // hosts
  std::size_t asked_max = 1'024;    // hosts being asked for at once
};

class Resolver {
 public:
  using Addresses = std::vector<boost::asio::ip::address>;
  using Answer = core::Result<std::shared_ptr<const Addresses>>;

  [[nodiscard]] static core::Result<std::unique_ptr<Resolver>> open(IoExecutor executor,
                                                                    ResolverOptions options);
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // At least one address of a host name, or why there is none. The Resolver outlives the call. The
  // addresses are not judged: that is the egress guard's.
  [[nodiscard]] Awaitable<Answer> resolve(std::string host, Deadline deadline);

  // Every waiting and later call ends with `cancelled`.
  void stop();

 private:
  struct LookUp;
  struct Waiter;
  struct Cached {
    Answer answer;
    Deadline valid_until;
  };

  Resolver(IoExecutor executor, ResolverOptions options, std::shared_ptr<DnsChannel> channel);

  [[nodiscard]] const Answer* cached(const std::string& host);
  [[nodiscard]] std::shared_ptr<LookUp> ask(const std::string& host);
  void settle(const std::string& host, LookUp& look_up, core::Result<DnsAnswer> answer);

  IoExecutor executor_;
  ResolverOptions options_;
  std::unordered_map<std::string, Cached> cache_;
  std::unordered_map<std::string, std::shared_ptr<LookUp>> asked_;
  std::shared_ptr<DnsChannel> channel_;  // null once stopped; its destructor calls settle()
};

}  // namespace spillway::http
