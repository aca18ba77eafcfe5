// A range of IP addresses, as an egress allow list names it: "10.2.0.0/16", "fd12::/32", or one
// address alone. Plain value, any thread.
#pragma once

#include "core/error.hpp"

#include <boost/asio/ip/address.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace spillway::http {

class Cidr {
 public:
  // Refuses a range whose address has bits set beyond its prefix: it hides a typing error.
  [[nodiscard]] static core::Result<Cidr> parse(std::string_view text);

  // IPv4 ranges contain IPv4 addresses only: unwrap a mapped address first.
  [[nodiscard]] bool contains(const boost::asio::ip::address& address) const;

  [[nodiscard]] bool is_single_address() const { return prefix_ == (v4_ ? 32 : 128); }

 private:
  std::array<std::uint8_t, 16> bytes_{};  // IPv4 uses the first four
  unsigned prefix_ = 0;
  bool v4_ = false;
};

}  // namespace spillway::http
