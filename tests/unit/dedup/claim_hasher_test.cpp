#include "dedup/claim_hasher.hpp"

#include <gtest/gtest.h>

#include <set>

namespace spillway::dedup {
namespace {

using namespace std::chrono_literals;

TEST(ClaimHasher, nodes_with_one_secret_agree_and_others_cannot_tell) {
  const ClaimHasher one("secret");
  const ClaimHasher two("secret");
  const ClaimHasher stranger("");
  EXPECT_EQ(one.make("shop", "order-1", "", 72h), two.make("shop", "order-1", "", 72h));
  EXPECT_NE(one.make("shop", "order-1", "", 72h).hash,
            stranger.make("shop", "order-1", "", 72h).hash);
}

TEST(ClaimHasher, what_is_not_the_same_event_has_another_hash) {
  const ClaimHasher hasher("secret");
  const std::set<core::Digest128> hashes{hasher.make("shop", "order-1", "", 72h).hash,
                                         hasher.make("shop", "order-2", "", 72h).hash,
                                         hasher.make("sho", "porder-1", "", 72h).hash,
                                         hasher.make("shop", "order-1", "body", 72h).hash,
                                         hasher.make("shop", "order-1b", "ody", 72h).hash};
  EXPECT_EQ(hashes.size(), 5U);
}

}  // namespace
}  // namespace spillway::dedup
