// The URL of a destination, parsed strictly: http and https only, one spelling per host, nothing
// repaired in silence, so that what the egress guard judges is what gets connected to. Made from
// the configuration, kept by an Endpoint. Plain data, any thread.
#pragma once

#include "core/error.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spillway::http {

inline constexpr std::size_t kUrlBytesMax = 8192;

struct Url {
  enum class Scheme { http, https };

  Scheme scheme = Scheme::https;
  std::string host;  // lower-case name without a trailing dot, or an address without brackets
  std::optional<boost::asio::ip::address> address;  // when the host is an address
  std::uint16_t port = 443;
  std::string target;  // path and query as written, "/" when empty

  // Refuses user names, fragments, other schemes, and hosts that other parsers read differently
  // (decimal, octal, hexadecimal or short IPv4, zones, percent-encoding, non-ASCII names).
  [[nodiscard]] static core::Result<Url> parse(std::string_view text);

  // The Host header: the port only where it is not the scheme's own.
  [[nodiscard]] std::string authority() const;

  // For logs and messages: without the query, which may hold secrets.
  [[nodiscard]] std::string printable() const;
};

}  // namespace spillway::http
