// A name server on loopback for tests: answers by a table, counts what it is asked, and can be
// silent.
#pragma once

#include "tests/unit/http/loop.hpp"

#include <boost/asio/basic_datagram_socket.hpp>
#include <boost/asio/ip/udp.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace spillway::http::testing_support {

struct DnsRecord {
  std::vector<std::string> ipv4{};
  std::vector<std::string> ipv6{};
  std::string cname{};
  std::uint32_t ttl = 60;
  int rcode = 0;
  bool silent = false;
};

class DnsServer {
 public:
  explicit DnsServer(Loop& loop);
  ~DnsServer() { socket_.close(); }

  [[nodiscard]] std::string address() const;  // for DnsOptions::nameservers

  std::map<std::string, DnsRecord> records;  // other names do not exist
  std::map<std::string, int> asked;          // questions for IPv4 addresses, by name

 private:
  Awaitable<> serve();
  void answer(std::size_t bytes);

  boost::asio::basic_datagram_socket<boost::asio::ip::udp, IoExecutor> socket_;
  boost::asio::ip::udp::endpoint peer_;
  std::array<char, 1500> buffer_{};
};

}  // namespace spillway::http::testing_support
