// The egress guard: which addresses a request may be sent to. Private, loopback, link-local and
// other special ranges only where the operator's allow list says so; cloud metadata services only
// where it names exactly that address. Asked for every address of every new connection,
// after resolving. Immutable, any thread.
#pragma once

#include "core/error.hpp"
#include "http/cidr.hpp"

#include <boost/asio/ip/address.hpp>

#include <string_view>
#include <vector>

namespace spillway::http {

class AddressGuard {
 public:
  // `allow`: the global list and the destination's own.
  explicit AddressGuard(std::vector<Cidr> allow) : allow_(std::move(allow)) {}

  // Judges the address and any IPv4 address it carries inside (mapped, NAT64, 6to4, Teredo).
  // The error says which range it is in and how to allow it.
  [[nodiscard]] core::Result<void> check(const boost::asio::ip::address& address) const;

  // Judges a name before it is resolved: metadata services have names, too.
  [[nodiscard]] core::Result<void> check_name(std::string_view host) const;

 private:
  [[nodiscard]] bool names_exactly(const boost::asio::ip::address& address) const;
  [[nodiscard]] bool covers(const boost::asio::ip::address& address) const;

  std::vector<Cidr> allow_;
};

}  // namespace spillway::http
