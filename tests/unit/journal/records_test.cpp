#include "journal/records.hpp"

#include <gtest/gtest.h>

#include "journal/codec.hpp"
#include "journal/keys.hpp"

namespace spillway::journal {
namespace {

DeliveryRecord full_record() {
  DeliveryRecord record;
  record.generation = 7;
  record.state = core::DeliveryState::expired;
  record.custody = core::Custody::kafka;
  record.parked = true;
  record.reason = core::Reason::ttl;
  record.attempts = 300;
  record.last_status = 503;
  record.slice = 497'222;
  record.accepted = core::from_micros(1'790'000'000'000'001);
  record.due = core::from_micros(-5);
  record.paused_before = std::chrono::hours(3);
  record.ordering_key = std::string(16, '\0');
  record.version = "42";
  record.order = core::Order::latest;
  record.blocked = true;
  record.out_of_order = true;
  record.position = 0x123456789;
  return record;
}

TEST(Records, a_delivery_comes_back_as_it_was) {
  const DeliveryRecord record = full_record();
  const auto decoded = DeliveryRecord::decode(record.encode());
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(*decoded, record);
}

TEST(Records, a_delivery_without_an_order_has_no_position) {
  DeliveryRecord record = full_record();
  record.order = core::Order::none;
  const std::string text = record.encode();
  record.position = 0;
  EXPECT_EQ(text, record.encode());
  EXPECT_EQ(*DeliveryRecord::decode(text), record);
}

TEST(Records, cut_or_longer_bytes_are_refused) {
  const std::string text = full_record().encode();
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(DeliveryRecord::decode(text.substr(0, length))) << length;
  }
  EXPECT_FALSE(DeliveryRecord::decode(text + "x"));
}

TEST(Records, another_record_version_is_refused_by_its_number) {
  std::string text = full_record().encode();
  text[0] = 9;
  const auto decoded = DeliveryRecord::decode(text);
  ASSERT_FALSE(decoded);
  EXPECT_NE(decoded.error().message.find("record version 9"), std::string::npos);
}

TEST(Records, numbers_outside_their_enumeration_are_refused) {
  Encoder encoder;
  encoder.varint(1).varint(1).varint(6);  // version, generation, a state that does not exist
  EXPECT_FALSE(DeliveryRecord::decode(encoder.text()));
}

TEST(Codec, varints_hold_every_value_and_refuse_more_than_64_bits) {
  for (const std::uint64_t value :
       {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, ~std::uint64_t{0}}) {
    const std::string text = Encoder().varint(value).take();
    Decoder kept(text);
    EXPECT_EQ(kept.varint(), value);
    EXPECT_TRUE(kept.finish("value"));
  }
  Decoder too_long("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f");
  EXPECT_EQ(too_long.varint(), 0U);
  EXPECT_FALSE(too_long.finish("value"));
}

TEST(Keys, the_order_of_keys_is_the_order_of_what_they_name) {
  EXPECT_LT(keys::event(Region::kept, ~Sequence{0} >> 1), keys::event(Region::live, 0));
  EXPECT_LT(keys::event(Region::live, 255), keys::event(Region::live, 256));
  EXPECT_LT(keys::due(1, core::from_micros(255), 9), keys::due(1, core::from_micros(256), 1));
  EXPECT_LT(keys::due(1, core::Time::max(), 9), keys::due(2, core::from_micros(0), 1));
  EXPECT_LT(keys::order({9, 1}, std::string(16, 'k'), 255),
            keys::order({1, 1}, std::string(16, 'k'), 256));
}

TEST(Keys, parse_what_they_made) {
  const DeliveryRef ref{77, 5};
  const auto delivery = keys::parse_delivery(keys::delivery(Region::kept, ref));
  ASSERT_TRUE(delivery);
  EXPECT_EQ(delivery->region, Region::kept);
  EXPECT_EQ(delivery->ref, ref);
  const auto fate = keys::parse_fate(keys::fate(3, core::DeliveryState::dead, ref));
  ASSERT_TRUE(fate);
  EXPECT_EQ(fate->slice, 3U);
  EXPECT_EQ(fate->ref, ref);
  EXPECT_FALSE(keys::parse_fate("too short"));
  const std::string row = keys::order(ref, std::string(16, 'k'), 300);
  const auto order = keys::parse_order(row);
  ASSERT_TRUE(order);
  EXPECT_EQ(order->ref, ref);
  EXPECT_EQ(order->ordering_key, std::string(16, 'k'));
  EXPECT_EQ(order->position, 300U);
  EXPECT_FALSE(keys::parse_order("too short"));
  EXPECT_EQ(keys::after("a\xff"), "b");
}

}  // namespace
}  // namespace spillway::journal
