#include "http/cidr.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace spillway::http {
namespace {

namespace ip = boost::asio::ip;

std::array<std::uint8_t, 16> to_bytes(const ip::address& address) {
  if (address.is_v6()) {
    return address.to_v6().to_bytes();
  }
  std::array<std::uint8_t, 16> bytes{};
  std::ranges::copy(address.to_v4().to_bytes(), bytes.begin());
  return bytes;
}

bool same_prefix(const std::array<std::uint8_t, 16>& left,
                 const std::array<std::uint8_t, 16>& right, unsigned prefix) {
  const unsigned whole = prefix / 8;
  if (!std::equal(left.begin(), left.begin() + whole, right.begin())) {
    return false;
  }
  const unsigned bits = prefix % 8;
  return bits == 0 || ((left[whole] ^ right[whole]) >> (8 - bits)) == 0;
}

std::unexpected<core::Error> refuse(std::string message) {
  return core::fail(core::ErrorCode::invalid_argument, std::move(message), core::Fault::sender);
}

}  // namespace

core::Result<Cidr> Cidr::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view address_text = text.substr(0, slash);
  boost::system::error_code error;
  const ip::address address = ip::make_address(std::string(address_text), error);
  if (error || address_text.contains('%')) {
    return refuse(fmt::format(
        "\"{}\" is not an address range: expected one like 10.2.0.0/16 or fd12::/32", text));
  }
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return refuse(fmt::format("\"{}\" is an IPv4 range in IPv6 clothes: write it as IPv4", text));
  }

  Cidr range;
  range.v4_ = address.is_v4();
  range.bytes_ = to_bytes(address);
  const unsigned prefix_max = range.v4_ ? 32 : 128;
  range.prefix_ = prefix_max;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), range.prefix_);
    if (failure != std::errc{} || end != digits.data() + digits.size() ||
        range.prefix_ > prefix_max) {
      return refuse(fmt::format("\"{}\" has the prefix length \"{}\", expected 0 to {}", text,
                                digits, prefix_max));
    }
  }
  for (unsigned bit = range.prefix_; bit < prefix_max; ++bit) {
    if ((range.bytes_[bit / 8] >> (7 - bit % 8) & 1) != 0) {
      return refuse(fmt::format(
          "\"{}\" has bits set after its first {}: write the range's first address, or {}/{}", text,
          range.prefix_, address_text, prefix_max));
    }
  }
  return range;
}

bool Cidr::contains(const ip::address& address) const {
  return address.is_v4() == v4_ && same_prefix(to_bytes(address), bytes_, prefix_);
}

}  // namespace spillway::http
