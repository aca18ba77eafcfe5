#include "core/crypto.hpp"

#include <gtest/gtest.h>

#include "core/encoding.hpp"

namespace spillway::core {
namespace {

TEST(Crypto, hmac_follows_the_known_answers) {
  // RFC 4231, test case 2.
  const Hmac sha256(HashAlgorithm::sha256, "Jefe");
  EXPECT_EQ(to_hex(sha256.sign({"what do ya want ", "for nothing?"})),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const Hmac sha512(HashAlgorithm::sha512, "Jefe");
  EXPECT_EQ(to_hex(sha512.sign({"what do ya want for nothing?"})).substr(0, 32),
            "164b7a7bfcf819e2e395fbe73b56e0a3");
}

TEST(Crypto, an_hmac_can_be_used_again_and_with_an_empty_key) {
  const Hmac hmac(HashAlgorithm::sha256, "");
  const std::string first = hmac.sign({"a"});
  EXPECT_NE(first, hmac.sign({"b"}));
  EXPECT_EQ(first, hmac.sign({"a"}));
}

TEST(Crypto, comparison_sees_every_byte) {
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_constant_time("abc", "abcd"));
  EXPECT_TRUE(equal_constant_time("", ""));
}

TEST(Crypto, ed25519_follows_the_known_answer) {
  // RFC 8032, section 7.1, test 2.
  const auto secret = from_hex(
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const auto key = Ed25519Key::from_secret(*secret);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(to_hex(key->sign("\x72")),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST(Crypto, ed25519_refuses_secrets_of_other_lengths_or_halves) {
  EXPECT_FALSE(Ed25519Key::from_secret("short"));
  EXPECT_FALSE(Ed25519Key::from_secret(std::string(64, 'x')));
  EXPECT_TRUE(Ed25519Key::from_secret(std::string(32, 'x')));
}

}  // namespace
}  // namespace spillway::core
