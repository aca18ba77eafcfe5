#include "http/cidr.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace spillway::http {
namespace {

using boost::asio::ip::make_address;

bool in(std::string_view range, std::string_view address) {
  const auto parsed = Cidr::parse(range);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed && parsed->contains(make_address(address));
}

TEST(Cidr, contains_what_shares_the_prefix) {
  EXPECT_TRUE(in("10.2.0.0/15", "10.3.255.255"));
  EXPECT_FALSE(in("10.2.0.0/15", "10.4.0.0"));
  EXPECT_TRUE(in("0.0.0.0/0", "255.1.2.3"));
  EXPECT_TRUE(in("fd12::/33", "fd12:0:7fff::1"));
  EXPECT_FALSE(in("fd12::/33", "fd12:0:8000::1"));
  EXPECT_TRUE(in("::/0", "ffff::1"));
}

TEST(Cidr, families_do_not_mix) {
  EXPECT_FALSE(in("0.0.0.0/0", "::1"));
  EXPECT_FALSE(in("::/0", "1.2.3.4"));
}

TEST(Cidr, address_alone_is_a_range_of_one) {
  EXPECT_TRUE(Cidr::parse("10.0.0.1")->is_single_address());
  EXPECT_TRUE(Cidr::parse("::1/128")->is_single_address());
  EXPECT_FALSE(Cidr::parse("10.0.0.0/31")->is_single_address());
  EXPECT_FALSE(in("10.0.0.1", "10.0.0.2"));
}

TEST(Cidr, refuses_what_is_no_range) {
  for (const std::string_view text :
       {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10/8", "::/129",
        "localhost", "10.0.0.1/8", "fd12::1/16", "fe80::%lo/10", "::ffff:10.0.0.0/104"}) {
    EXPECT_FALSE(Cidr::parse(text)) << text;
  }
}

}  // namespace
}  // namespace spillway::http
