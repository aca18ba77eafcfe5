#include <fmt/format.h>
#include <gtest/gtest.h>

#include "admin/event_digest.hpp"
#include "core/crypto.hpp"
#include "core/encoding.hpp"
#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using core::DeliveryState;
using testing_support::Node;

core::EventId id(std::string_view text) {
  return *core::EventId::parse(text);
}

constexpr std::string_view kFirst = "01999999-0000-7000-8000-000000000001";
constexpr std::string_view kSecond = "01999999-0000-7000-8000-000000000002";

TEST(EventDigest, of_one_event_is_the_beginning_of_the_sha256_of_its_id) {
  EventDigest digest;
  digest.add(id(kFirst));
  EXPECT_EQ(digest.count(), 1U);
  EXPECT_EQ(digest.hash(), core::to_hex(core::sha256(kFirst)).substr(0, 32));
}

TEST(EventDigest, does_not_depend_on_order_and_its_parts_add_up) {
  EventDigest forth;
  forth.add(id(kFirst));
  forth.add(id(kSecond));
  EventDigest back;
  back.add(id(kSecond));
  EventDigest part;
  part.add(id(kFirst));
  back.add(part);
  EXPECT_EQ(forth.hash(), back.hash());
  EXPECT_EQ(back.count(), 2U);
}

TEST(EventDigest, an_event_counted_twice_does_not_cancel_out) {
  EventDigest twice;
  twice.add(id(kFirst));
  twice.add(id(kFirst));
  EXPECT_NE(twice.hash(), EventDigest().hash());
}

TEST(EventDigest, adds_modulo_two_to_the_128) {
  auto most = EventDigest::parse(1, "ffffffffffffffffffffffffffffffff");
  ASSERT_TRUE(most);
  most->add(*EventDigest::parse(1, "00000000000000000000000000000002"));
  EXPECT_EQ(most->hash(), "00000000000000000000000000000001");
  auto carried = EventDigest::parse(1, "0000000000000000ffffffffffffffff");
  carried->add(*EventDigest::parse(1, "00000000000000000000000000000001"));
  EXPECT_EQ(carried->hash(), "00000000000000010000000000000000");
  EXPECT_FALSE(EventDigest::parse(1, "00"));
  EXPECT_FALSE(EventDigest::parse(1, "0000000000000000fffffffffffffffg"));
}

class DigestTest : public testing::Test {
 protected:
  testing_support::Node::Accepted deliver(const std::string& destination) {
    auto accepted = node.accept({destination});
    node.settle(accepted.opened.front(), DeliveryState::delivered);
    return accepted;
  }

  Node node;
};

TEST_F(DigestTest, sums_up_what_was_delivered_by_the_hour_of_the_id) {
  const auto first = deliver("acme");
  const auto second = deliver("acme");
  deliver("backup");
  node.accept({"acme"});
  node.dead("acme");
  node.time.run_for(std::chrono::hours(2));
  const auto later = deliver("acme");
  const auto reply = node.get("/v1/digest?destination=acme");
  ASSERT_EQ(reply.status(), 200) << reply.body();
  EXPECT_EQ(reply.at("/node"), "n1");
  EXPECT_EQ(reply.at("/bucket"), "hour");
  EXPECT_EQ(reply.at("/horizon"), "null");
  EXPECT_EQ(reply.at("/next_cursor"), "null");
  ASSERT_EQ(reply.size("/buckets"), 2U);
  EventDigest both;
  both.add(second.event_id);
  both.add(first.event_id);
  EXPECT_EQ(reply.at("/buckets/0/from"), "2026-09-21T14:00:00.000000Z");
  EXPECT_EQ(reply.at("/buckets/0/count"), "2");
  EXPECT_EQ(reply.at("/buckets/0/hash"), both.hash());
  EventDigest one;
  one.add(later.event_id);
  EXPECT_EQ(reply.at("/buckets/1/from"), "2026-09-21T16:00:00.000000Z");
  EXPECT_EQ(reply.at("/buckets/1/hash"), one.hash());
  EXPECT_EQ(node.get("/v1/digest?destination=acme&bucket=day").at("/buckets/0/count"), "3");
}

TEST_F(DigestTest, keeps_to_the_time_asked_for) {
  deliver("acme");
  node.time.run_for(std::chrono::hours(1));
  const auto within = deliver("acme");
  node.time.run_for(std::chrono::hours(30));
  deliver("acme");
  const std::string range = "destination=acme&from=2026-09-21T15:00:00Z&to=2026-09-21T16:00:00Z";
  const auto digest = node.get("/v1/digest?" + range);
  ASSERT_EQ(digest.size("/buckets"), 1U) << digest.body();
  EXPECT_EQ(digest.at("/buckets/0/count"), "1");
  EXPECT_EQ(digest.at("/scanned"), "1");
  const auto events = node.get("/v1/digest/events?" + range);
  ASSERT_EQ(events.size("/events"), 1U) << events.body();
  EXPECT_EQ(events.at("/events/0/event_id"), within.id);
}

TEST_F(DigestTest, lists_the_events_of_a_bucket_page_by_page) {
  std::vector<std::string> expected;
  for (int i = 0; i < 5; ++i) {
    expected.push_back(deliver("acme").id);
  }
  std::vector<std::string> listed;
  std::string cursor;
  for (int pages = 0; pages < 10; ++pages) {
    const auto page = node.get("/v1/digest/events?destination=acme&limit=2" + cursor);
    for (std::size_t i = 0; i < page.size("/events"); ++i) {
      listed.push_back(page.at(fmt::format("/events/{}/event_id", i)));
    }
    if (page.at("/next_cursor") == "null") {
      break;
    }
    cursor = "&cursor=" + page.at("/next_cursor");
  }
  EXPECT_EQ(listed, expected);
}

TEST_F(DigestTest, a_later_page_begins_at_its_cursor) {
  deliver("acme");
  const auto second = deliver("acme");
  const auto rest = node.get(
      fmt::format("/v1/digest?destination=acme&cursor={}", second.opened.front().ref.sequence));
  EventDigest one;
  one.add(second.event_id);
  EXPECT_EQ(rest.at("/buckets/0/hash"), one.hash());
}

TEST_F(DigestTest, what_was_delivered_late_is_in_it_though_its_hour_is_retired) {
  const auto late = node.accept({"acme"});
  deliver("acme");
  node.time.run_for(std::chrono::hours(24 * 5));
  deliver("acme");
  node.retire();
  node.settle(late.opened.front(), DeliveryState::delivered);
  const auto reply =
      node.get("/v1/digest?destination=acme&from=2026-09-21T00:00:00Z&to=2026-09-22T00:00:00Z");
  EXPECT_EQ(reply.at("/buckets/0/count"), "1") << reply.body();
  EXPECT_NE(reply.at("/horizon"), "null");
}

TEST_F(DigestTest, refuses_what_it_does_not_understand) {
  EXPECT_EQ(node.get("/v1/digest").status(), 400);
  EXPECT_EQ(node.get("/v1/digest?destination=nobody").status(), 404);
  EXPECT_EQ(node.get("/v1/digest?destination=acme&bucket=week").status(), 400);
  EXPECT_EQ(node.get("/v1/digest?destination=acme&from=monday").status(), 400);
  EXPECT_EQ(node.get("/v1/digest/events?destination=nobody").status(), 404);
  node.context.scanning = true;
  EXPECT_EQ(node.get("/v1/digest?destination=acme").status(), 409);
}

}  // namespace
}  // namespace spillway::admin
