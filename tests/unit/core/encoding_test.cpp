#include "core/encoding.hpp"

#include <gtest/gtest.h>

namespace spillway::core {
namespace {

TEST(Encoding, hex_takes_both_cases_and_whole_bytes_only) {
  EXPECT_EQ(to_hex(std::string_view("\x00\xff\x10", 3)), "00ff10");
  EXPECT_EQ(from_hex("00FF10"), std::string("\x00\xff\x10", 3));
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("0g"));
}

TEST(Encoding, base64_follows_the_known_answers) {
  // RFC 4648, section 10.
  const std::pair<const char*, const char*> known[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}};
  for (const auto& [plain, encoded] : known) {
    EXPECT_EQ(to_base64(plain), encoded);
    EXPECT_EQ(from_base64(encoded), plain);
  }
}

TEST(Encoding, base64_takes_missing_padding_but_nothing_ambiguous) {
  EXPECT_EQ(from_base64("Zg"), "f");
  for (const char* wrong : {"Z", "Zg=", "Zh==", "Z g=", "Zg==\n", "Zg-_", "===="}) {
    EXPECT_FALSE(from_base64(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace spillway::core
