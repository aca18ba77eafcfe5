#include "http/address_guard.hpp"

#include "core/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

namespace spillway::http {
namespace {

using core::Result;
namespace ip = boost::asio::ip;

struct NamedRange {
  Cidr range;
  std::string_view text;
  std::string_view name;
};

using RangeText = std::pair<std::string_view, std::string_view>;

// IANA special-purpose registries; the first match names the reason.
constexpr RangeText kBlocked[] = {
    {"0.0.0.0/8", "this network"},
    {"10.0.0.0/8", "private"},
    {"100.64.0.0/10", "shared (carrier-grade NAT)"},
    {"127.0.0.0/8", "loopback"},
    {"169.254.0.0/16", "link-local"},
    {"172.16.0.0/12", "private"},
    {"192.0.0.0/24", "protocol assignment"},
    {"192.0.2.0/24", "documentation"},
    {"192.88.99.0/24", "6to4 relay"},
    {"192.168.0.0/16", "private"},
    {"198.18.0.0/15", "benchmarking"},
    {"198.51.100.0/24", "documentation"},
    {"203.0.113.0/24", "documentation"},
    {"224.0.0.0/4", "multicast"},
    {"255.255.255.255/32", "broadcast"},
    {"240.0.0.0/4", "reserved"},
    {"::/128", "unspecified"},
    {"::1/128", "loopback"},
    {"::/96", "IPv4-compatible"},
    {"64:ff9b:1::/48", "local NAT64"},
    {"100::/64", "discard-only"},
    {"2001::/32", "Teredo"},
    {"2001:db8::/32", "documentation"},
    {"2002::/16", "6to4"},
    {"3fff::/20", "documentation"},
    {"5f00::/16", "segment routing"},
    {"fc00::/7", "unique local"},
    {"fe80::/10", "link-local"},
    {"fec0::/10", "site-local"},
    {"ff00::/8", "multicast"},
};

constexpr std::string_view kMetadata[] = {
    "169.254.169.254",  // AWS, Google, Azure, and most others
    "169.254.170.2",    // AWS container credentials
    "fd00:ec2::254",    // AWS over IPv6
    "100.100.100.200",  // Alibaba
    "192.0.0.192",      // Oracle
    "168.63.129.16",    // Azure wire server
};

constexpr std::string_view kMetadataNames[] = {"metadata.google.internal", "metadata.goog"};

const std::vector<NamedRange>& blocked_ranges() {
  static const std::vector<NamedRange> ranges = [] {
    std::vector<NamedRange> parsed;
    for (const auto& [text, name] : kBlocked) {
      Result<Cidr> range = Cidr::parse(text);
      CHECK(range);
      parsed.push_back({*range, text, name});
    }
    return parsed;
  }();
  return ranges;
}

bool is_metadata(const ip::address& address) {
  static const std::vector<ip::address> addresses = [] {
    std::vector<ip::address> parsed;
    for (const std::string_view text : kMetadata) {
      parsed.push_back(ip::make_address(text));
    }
    return parsed;
  }();
  return std::ranges::find(addresses, address) != addresses.end();
}

struct Embedded {
  ip::address_v4 address;
  std::string_view how;
};

ip::address_v4 v4_at(const ip::address_v6::bytes_type& bytes, std::size_t at,
                     std::uint8_t mask = 0) {
  return ip::address_v4({static_cast<std::uint8_t>(bytes[at] ^ mask),
                         static_cast<std::uint8_t>(bytes[at + 1] ^ mask),
                         static_cast<std::uint8_t>(bytes[at + 2] ^ mask),
                         static_cast<std::uint8_t>(bytes[at + 3] ^ mask)});
}

bool begins(const ip::address_v6::bytes_type& bytes, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

// The IPv4 address a packet to this IPv6 address ends up at, where the address says so.
std::optional<Embedded> embedded_ipv4(const ip::address_v6& address) {
  const ip::address_v6::bytes_type bytes = address.to_bytes();
  if (begins(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) {
    return Embedded{v4_at(bytes, 12), "IPv4-mapped"};
  }
  if (begins(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}) && !address.is_loopback() &&
      !address.is_unspecified()) {
    return Embedded{v4_at(bytes, 12), "IPv4-compatible"};
  }
  if (begins(bytes, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}) ||
      begins(bytes, {0, 0x64, 0xff, 0x9b, 0, 1})) {
    return Embedded{v4_at(bytes, 12), "NAT64"};
  }
  if (begins(bytes, {0x20, 0x02})) {
    return Embedded{v4_at(bytes, 2), "6to4"};
  }
  if (begins(bytes, {0x20, 0x01, 0, 0})) {
    return Embedded{v4_at(bytes, 12, 0xff), "Teredo"};
  }
  return std::nullopt;
}

std::unexpected<core::Error> refuse(std::string message) {
  return core::fail(core::ErrorCode::forbidden, std::move(message), core::Fault::destination);
}

}  // namespace

Result<void> AddressGuard::check(const ip::address& address) const {
  if (address.is_v6() && address.to_v6().scope_id() != 0) {
    return check(ip::address_v6(address.to_v6().to_bytes()));  // the zone must hide nothing
  }
  if (is_metadata(address)) {
    if (names_exactly(address)) {
      return {};
    }
    return refuse(fmt::format(
        "{0} is a cloud metadata address; only an egress.allow entry of exactly {0} allows it",
        address.to_string()));
  }
  const auto& ranges = blocked_ranges();
  const auto blocked = std::ranges::find_if(
      ranges, [&](const NamedRange& entry) { return entry.range.contains(address); });
  if (blocked != ranges.end() && !covers(address)) {
    return refuse(fmt::format(
        "{} is a {} address ({}); if requests may go there, add its range to egress.allow",
        address.to_string(), blocked->name, blocked->text));
  }
  if (!address.is_v6()) {
    return {};
  }
  const std::optional<Embedded> inside = embedded_ipv4(address.to_v6());
  if (!inside) {
    return {};
  }
  Result<void> verdict = check(inside->address);
  if (!verdict) {
    return std::unexpected(
        std::move(verdict.error())
            .in_context(fmt::format("{} carries an {} address", address.to_string(), inside->how)));
  }
  return {};
}

Result<void> AddressGuard::check_name(std::string_view host) const {
  if (std::ranges::find(kMetadataNames, host) == std::end(kMetadataNames) ||
      names_exactly(ip::make_address(kMetadata[0]))) {
    return {};
  }
  return refuse(fmt::format(
      "{} is the name of a cloud metadata service; only an egress.allow entry of exactly {} "
      "allows it",
      host, kMetadata[0]));
}

bool AddressGuard::names_exactly(const ip::address& address) const {
  return std::ranges::any_of(allow_, [&](const Cidr& range) {
    return range.is_single_address() && range.contains(address);
  });
}

bool AddressGuard::covers(const ip::address& address) const {
  return std::ranges::any_of(allow_, [&](const Cidr& range) { return range.contains(address); });
}

}  // namespace spillway::http
