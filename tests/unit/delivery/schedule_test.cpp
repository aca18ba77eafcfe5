#include "delivery/schedule.hpp"

#include "delivery/retry_after.hpp"

#include <gtest/gtest.h>

namespace spillway::delivery {
namespace {

using namespace std::chrono_literals;
using core::DeliveryState;
using core::Reason;

const core::Time kOpened = core::from_micros(1'790'000'000'000'000);
constexpr std::uint64_t kNoJitter = 0;
constexpr std::uint64_t kMostJitter = ~0ULL;

Progress after(core::Duration since_opened, core::Duration paused = {}) {
  return {1, kOpened, paused, kOpened + since_opened};
}

TEST(Schedule, waits_follow_the_list_and_then_repeat) {
  const RetryOptions options;
  EXPECT_EQ(wait_after(options, 1, {}, kNoJitter), 1s);
  EXPECT_EQ(wait_after(options, 3, {}, kNoJitter), 30s);
  EXPECT_EQ(wait_after(options, 10, {}, kNoJitter), 12h);
  EXPECT_EQ(wait_after(options, 11, {}, kNoJitter), 12h);
  EXPECT_EQ(wait_after(options, 4'000'000'000, {}, kNoJitter), 12h);
}

TEST(Schedule, jitter_only_adds_and_up_to_its_share) {
  const RetryOptions options;
  EXPECT_GT(wait_after(options, 3, {}, kMostJitter), 35s);
  EXPECT_LE(wait_after(options, 3, {}, kMostJitter), 36s);
}

TEST(Schedule, retry_after_extends_but_never_shortens) {
  const RetryOptions options;
  EXPECT_EQ(wait_after(options, 1, 90s, kNoJitter), 90s);
  EXPECT_EQ(wait_after(options, 3, 2s, kNoJitter), 30s);
}

TEST(Schedule, retry_after_is_capped) {
  EXPECT_EQ(wait_after({}, 1, 48h, kNoJitter), kRetryAfterMax);
}

TEST(Schedule, a_delivery_whose_next_attempt_would_come_too_late_is_exhausted_at_once) {
  DestinationOptions options;
  options.retry.give_up_after = 1h;
  const Next in_time = next_attempt(options, after(50min), 10min);
  EXPECT_EQ(in_time.state, DeliveryState::pending);
  EXPECT_EQ(in_time.due, kOpened + 1h);
  const Next too_late = next_attempt(options, after(50min), 10min + 1us);
  EXPECT_EQ(too_late.state, DeliveryState::dead);
  EXPECT_EQ(too_late.reason, Reason::exhausted);
}

TEST(Schedule, time_spent_paused_counts_neither_to_give_up_nor_to_ttl) {
  DestinationOptions options;
  options.retry.give_up_after = 1h;
  options.ttl = 30min;
  EXPECT_EQ(next_attempt(options, after(10h, 10h - 10min), 10min).state, DeliveryState::pending);
  EXPECT_FALSE(is_expired(options, after(10h, 10h - 10min)));
  EXPECT_TRUE(is_expired(options, after(10h, 10h - 30min)));
}

TEST(Schedule, what_would_be_worthless_at_its_next_attempt_expires_at_once) {
  DestinationOptions options;
  options.ttl = 10min;
  const Next next = next_attempt(options, after(9min), 1min);
  EXPECT_EQ(next.state, DeliveryState::expired);
  EXPECT_EQ(next.reason, Reason::ttl);
  EXPECT_EQ(next_attempt(options, after(9min), 59s).state, DeliveryState::pending);
}

TEST(Schedule, progress_never_counts_less_than_no_pause) {
  journal::DeliveryRecord delivery;
  delivery.opened = kOpened;
  delivery.paused_before = 5s;
  journal::DestinationRecord destination;
  destination.paused_total = 4s;
  EXPECT_EQ(progress_of(delivery, destination, kOpened + 1s).paused, 0s);
  destination.paused_since = kOpened + 1s;
  EXPECT_EQ(progress_of(delivery, destination, kOpened + 11s).paused, 9s);
}

}  // namespace
}  // namespace spillway::delivery
