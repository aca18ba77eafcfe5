// Asks name servers without blocking: c-ares with its sockets and timeouts driven by an
// io_context. No cache: that is the Resolver's, which owns one channel. One thread.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "http/async.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

struct ares_channeldata;

namespace spillway::http {

struct DnsAnswer {
  std::vector<boost::asio::ip::address> addresses;  // in order of preference (RFC 6724)
  core::Duration ttl{};                             // the shortest of the records used
};

struct DnsOptions {
  // "address" or "address:port"; empty: as /etc/resolv.conf says, search list included.
  std::vector<std::string> nameservers{};
  core::Duration query_timeout = std::chrono::seconds(1);  // the first try; doubles
  int tries = 2;                                           // per name server
};

class DnsChannel : public std::enable_shared_from_this<DnsChannel> {
 public:
  using Done = std::move_only_function<void(core::Result<DnsAnswer>)>;

  [[nodiscard]] static core::Result<std::shared_ptr<DnsChannel>> open(IoExecutor executor,
                                                                      const DnsOptions& options);
  // Answers what is still being asked with `cancelled`.
  ~DnsChannel();
  DnsChannel(const DnsChannel&) = delete;
  DnsChannel& operator=(const DnsChannel&) = delete;

  // Asks for IPv4 and IPv6 addresses; /etc/hosts first. `done` is called once, possibly before
  // this returns, and must not destroy the channel.
  void look_up(const std::string& host, Done done);

 private:
  struct Socket;

  explicit DnsChannel(IoExecutor executor) : executor_(executor), timer_(executor) {}

  static void on_socket_state(void* self, int descriptor, int readable, int writable);
  void watch(int descriptor, bool readable, bool writable);
  void wait(const std::shared_ptr<Socket>& socket);
  void process(int readable, int writable);
  void arm_timer();

  IoExecutor executor_;
  Timer timer_;
  ares_channeldata* channel_ = nullptr;
  std::unordered_map<int, std::shared_ptr<Socket>> sockets_;  // c-ares owns the descriptors
};

}  // namespace spillway::http
