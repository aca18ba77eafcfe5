#include "http/address_guard.hpp"

#include "http/url.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

namespace spillway::http {
namespace {

using boost::asio::ip::make_address;

AddressGuard guard_with(std::initializer_list<std::string_view> ranges) {
  std::vector<Cidr> allow;
  for (const std::string_view text : ranges) {
    allow.push_back(Cidr::parse(text).value());
  }
  return AddressGuard(std::move(allow));
}

bool allows(const AddressGuard& guard, std::string_view address) {
  return guard.check(make_address(address)).has_value();
}

TEST(AddressGuard, public_addresses_are_allowed) {
  const AddressGuard guard = guard_with({});
  for (const std::string_view address :
       {"8.8.8.8", "172.32.0.1", "100.128.0.1", "11.0.0.0", "192.0.1.1", "2606:4700:4700::1111",
        "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"}) {
    EXPECT_TRUE(allows(guard, address)) << address;
  }
}

TEST(AddressGuard, special_ranges_are_refused) {
  const AddressGuard guard = guard_with({});
  for (const std::string_view address : {"0.0.0.0",
                                         "0.1.2.3",
                                         "10.255.255.255",
                                         "100.64.0.1",
                                         "100.127.255.255",
                                         "127.0.0.1",
                                         "127.255.255.254",
                                         "169.254.1.1",
                                         "172.16.0.0",
                                         "172.31.255.255",
                                         "192.0.0.8",
                                         "192.0.2.1",
                                         "192.88.99.1",
                                         "192.168.0.1",
                                         "198.18.0.1",
                                         "198.19.255.255",
                                         "198.51.100.7",
                                         "203.0.113.7",
                                         "224.0.0.1",
                                         "240.0.0.1",
                                         "255.255.255.255",
                                         "::",
                                         "::1",
                                         "::127.0.0.1",
                                         "::8.8.8.8",
                                         "64:ff9b:1::1",
                                         "100::1",
                                         "2001::1",
                                         "2001:db8::1",
                                         "2002:808:808::",
                                         "3fff::1",
                                         "5f00::1",
                                         "fc00::1",
                                         "fdff::1",
                                         "fe80::1",
                                         "fec0::1",
                                         "ff02::1"}) {
    EXPECT_FALSE(allows(guard, address)) << address;
  }
}

TEST(AddressGuard, ipv4_inside_ipv6_is_judged) {
  const AddressGuard guard = guard_with({});
  EXPECT_FALSE(allows(guard, "::ffff:127.0.0.1"));
  EXPECT_FALSE(allows(guard, "::ffff:a00:1"));
  EXPECT_FALSE(allows(guard, "64:ff9b::10.0.0.1"));
  EXPECT_TRUE(allows(guard_with({"10.0.0.0/8"}), "::ffff:10.0.0.1"));
  EXPECT_FALSE(allows(guard_with({"::/0"}), "::ffff:10.0.0.1"));
}

TEST(AddressGuard, allowing_a_tunnel_range_does_not_allow_what_it_leads_to) {
  EXPECT_TRUE(allows(guard_with({"2002::/16"}), "2002:808:808::1"));
  EXPECT_FALSE(allows(guard_with({"2002::/16"}), "2002:a00:1::1"));
  // Teredo carries the client's address inverted: 169.254.169.254.
  EXPECT_FALSE(allows(guard_with({"2001::/32"}), "2001:0:4136:e378:8000:63bf:5601:5601"));
  EXPECT_TRUE(allows(guard_with({"2001::/32"}), "2001:0:4136:e378:8000:63bf:f7f7:f7f7"));
}

TEST(AddressGuard, allow_list_opens_its_ranges_only) {
  const AddressGuard guard = guard_with({"10.1.0.0/16", "::1"});
  EXPECT_TRUE(allows(guard, "10.1.2.3"));
  EXPECT_TRUE(allows(guard, "::1"));
  EXPECT_FALSE(allows(guard, "10.2.0.0"));
  EXPECT_FALSE(allows(guard, "127.0.0.1"));
}

TEST(AddressGuard, metadata_addresses_take_an_exact_entry) {
  for (const std::string address : {"169.254.169.254", "169.254.170.2", "fd00:ec2::254",
                                    "100.100.100.200", "192.0.0.192", "168.63.129.16"}) {
    EXPECT_FALSE(allows(guard_with({}), address)) << address;
    EXPECT_FALSE(allows(guard_with({"0.0.0.0/0", "::/0"}), address)) << address;
    EXPECT_FALSE(allows(guard_with({"169.254.169.254/31", "fd00:ec2::254/127"}), address));
    EXPECT_TRUE(allows(guard_with({address}), address)) << address;
  }
  const AddressGuard everything = guard_with({"0.0.0.0/0", "::/0"});
  EXPECT_FALSE(allows(everything, "::ffff:169.254.169.254"));
  EXPECT_FALSE(allows(everything, "64:ff9b::169.254.169.254"));
  EXPECT_FALSE(allows(everything, "2002:a9fe:a9fe::1"));
  EXPECT_FALSE(allows(everything, "fd00:ec2::254%1"));
}

TEST(AddressGuard, metadata_names_are_refused_before_resolving) {
  EXPECT_TRUE(guard_with({}).check_name("example.com"));
  EXPECT_FALSE(guard_with({"0.0.0.0/0"}).check_name("metadata.google.internal"));
  EXPECT_TRUE(guard_with({"169.254.169.254"}).check_name("metadata.google.internal"));
}

TEST(AddressGuard, refusal_names_the_range_and_the_way_out) {
  const auto refused = guard_with({}).check(make_address("10.0.0.1"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::ErrorCode::forbidden);
  EXPECT_EQ(refused.error().message,
            "10.0.0.1 is a private address (10.0.0.0/8); if requests may go there, add its range "
            "to egress.allow");
}

// The published vectors: a URL is blocked by its parser or by the guard. The words of a reason are
// expected in the message.
TEST(AddressGuard, agrees_with_the_ssrf_vectors) {
  const std::map<std::string_view, std::string_view> words = {
      {"loopback", "loopback"},         {"private", "private"},
      {"link_local", "link-local"},     {"link_local_metadata", "metadata"},
      {"unique_local", "unique local"}, {"this_network", "this network"},
      {"shared_cgnat", "shared"},       {"ipv4_mapped", "IPv4-mapped"},
      {"scheme", "https://"},           {"userinfo", "user name"}};
  const AddressGuard guard = guard_with({});
  simdjson::dom::parser parser;
  simdjson::dom::array vectors;
  ASSERT_EQ(parser.load(SPILLWAY_VECTORS "/ssrf_targets.json").get(vectors), simdjson::SUCCESS);
  int judged = 0;
  for (const simdjson::dom::element vector : vectors) {
    const std::string_view text = vector["url"];
    const std::string_view reason = vector["expect"]["reason"];
    const bool blocked = vector["expect"]["blocked"];
    const auto url = Url::parse(text);
    if (url && !url->address) {
      continue;  // a name: Client's test resolves it
    }
    const auto verdict =
        url ? guard.check(*url->address) : core::Result<void>(std::unexpected(url.error()));
    EXPECT_EQ(!verdict.has_value(), blocked) << text;
    if (!verdict && blocked) {
      EXPECT_NE(verdict.error().message.find(words.at(reason)), std::string::npos)
          << text << ": " << verdict.error().message;
    }
    ++judged;
  }
  EXPECT_EQ(judged, 17);
}

}  // namespace
}  // namespace spillway::http
