#include "http/url.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace spillway::http {
namespace {

using testing::TestWithParam;
using testing::Values;

TEST(Url, takes_its_parts) {
  const auto url = Url::parse("https://Hooks.Example.com:8443/in/a%20b?token=1&x=%2F");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url->scheme, Url::Scheme::https);
  EXPECT_EQ(url->host, "hooks.example.com");
  EXPECT_FALSE(url->address);
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->target, "/in/a%20b?token=1&x=%2F");
  EXPECT_EQ(url->authority(), "hooks.example.com:8443");
}

TEST(Url, port_defaults_to_the_scheme_and_then_is_not_in_the_authority) {
  const auto plain = Url::parse("http://h/");
  const auto secure = Url::parse("HTTPS://h:443/");
  ASSERT_TRUE(plain && secure);
  EXPECT_EQ(plain->port, 80);
  EXPECT_EQ(secure->port, 443);
  EXPECT_EQ(plain->authority(), "h");
  EXPECT_EQ(secure->authority(), "h");
}

TEST(Url, empty_path_is_sent_as_slash) {
  EXPECT_EQ(Url::parse("http://h")->target, "/");
  EXPECT_EQ(Url::parse("http://h?a=1")->target, "/?a=1");
}

TEST(Url, trailing_dot_of_a_name_is_dropped) {
  EXPECT_EQ(Url::parse("http://example.com./")->host, "example.com");
}

TEST(Url, addresses_are_recognised) {
  const auto v4 = Url::parse("http://127.0.0.1:81/");
  const auto v6 = Url::parse("http://[2001:DB8::1]:81/");
  ASSERT_TRUE(v4 && v6);
  EXPECT_EQ(v4->address->to_string(), "127.0.0.1");
  EXPECT_EQ(v6->address->to_string(), "2001:db8::1");
  EXPECT_EQ(v6->authority(), "[2001:db8::1]:81");
}

TEST(Url, printable_form_hides_the_query) {
  EXPECT_EQ(Url::parse("https://h:1/a?secret=x")->printable(), "https://h:1/a");
}

class RefusedUrl : public TestWithParam<std::string_view> {};

TEST_P(RefusedUrl, is_refused_and_says_why) {
  const auto url = Url::parse(GetParam());
  ASSERT_FALSE(url) << GetParam();
  EXPECT_EQ(url.error().code, core::ErrorCode::invalid_argument);
  EXPECT_FALSE(url.error().message.empty());
}

INSTANTIATE_TEST_SUITE_P(Syntax, RefusedUrl,
                         Values("", "example.com/", "/path", "ftp://h/", "file:///etc/passwd",
                                "gopher://8.8.8.8/", "http:/h/", "http:h", "http://", "http:///x",
                                "http://:80/", "http://h:/", "http://h:0/", "http://h:65536/",
                                "http://h:80x/", "http://h:+80/", "http://h: 80/", "http://h/#part",
                                "http://h/a b", "http://h/a\tb", " http://h/", "http://h/\r\nX: y",
                                "http://h/%", "http://h/%4", "http://h/%zz", "http://h/\x80",
                                "http://h/a\"b", "http://h\\@evil/", "http://user@h/",
                                "http://user:pw@8.8.8.8/", "http://@h/"));

INSTANTIATE_TEST_SUITE_P(Hosts, RefusedUrl,
                         Values("http://a..b/", "http://.a/", "http://a../", "http://-a.b/",
                                "http://a-.b/", "http://a%2eb/", "http://b\xc3\xbc.de/",
                                "http://a,b/", "http://a*b/", "http://[::1/", "http://[::1]x/",
                                "http://[]/", "http://[fe80::1%25eth0]/", "http://[fe80::1%eth0]/",
                                "http://::1/", "http://[127.0.0.1]/", "http://[v1.x]/"));

INSTANTIATE_TEST_SUITE_P(OddAddresses, RefusedUrl,
                         Values("http://2130706433/", "http://0x7f000001/", "http://0x7f.1/",
                                "http://0177.0.0.1/", "http://127.1/", "http://127.0.1/",
                                "http://127.0.0.1./", "http://127.0.0.256/", "http://1.2.3.4.5/",
                                "http://127.0.0.01/", "http://127.0.0.0x1/", "http://0x/",
                                "http://a.0/"));

TEST(Url, too_long_labels_and_names_are_refused) {
  EXPECT_TRUE(Url::parse("http://" + std::string(63, 'a') + "/"));
  EXPECT_FALSE(Url::parse("http://" + std::string(64, 'a') + "/"));
  std::string name;
  for (int i = 0; i < 130; ++i) {
    name += "a.";
  }
  EXPECT_FALSE(Url::parse("http://" + name + "a/"));
  EXPECT_FALSE(Url::parse("http://h/" + std::string(kUrlBytesMax, 'a')));
}

}  // namespace
}  // namespace spillway::http
