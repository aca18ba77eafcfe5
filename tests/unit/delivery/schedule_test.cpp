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

// Without Retry-After.
Wait plain(core::Duration wait) {
  return {wait, wait};
}

Progress after(core::Duration since_opened, core::Duration paused = {}) {
  return {1, kOpened, paused, kOpened + since_opened};
}

TEST(Schedule, waits_follow_the_list_and_then_repeat) {
  const RetryOptions options;
  EXPECT_EQ(wait_after(options, 1, {}, kNoJitter).extended, 1s);
  EXPECT_EQ(wait_after(options, 3, {}, kNoJitter).extended, 30s);
  EXPECT_EQ(wait_after(options, 10, {}, kNoJitter).extended, 12h);
  EXPECT_EQ(wait_after(options, 11, {}, kNoJitter).extended, 12h);
  EXPECT_EQ(wait_after(options, 4'000'000'000, {}, kNoJitter).extended, 12h);
}

TEST(Schedule, jitter_only_adds_and_up_to_its_share) {
  const RetryOptions options;
  EXPECT_GT(wait_after(options, 3, {}, kMostJitter).extended, 35s);
  EXPECT_LE(wait_after(options, 3, {}, kMostJitter).extended, 36s);
}

TEST(Schedule, retry_after_extends_but_never_shortens) {
  const RetryOptions options;
  EXPECT_EQ(wait_after(options, 1, 90s, kNoJitter).extended, 90s);
  EXPECT_EQ(wait_after(options, 3, 2s, kNoJitter).extended, 30s);
}

TEST(Schedule, retry_after_is_capped) {
  EXPECT_EQ(wait_after({}, 1, 48h, kNoJitter).extended, kRetryAfterMax);
}

TEST(Schedule, a_delivery_whose_next_attempt_would_come_too_late_is_exhausted_at_once) {
  DestinationOptions options;
  options.retry.give_up_after = 1h;
  const Next in_time = next_attempt(options, after(50min), plain(10min));
  EXPECT_EQ(in_time.state, DeliveryState::pending);
  EXPECT_EQ(in_time.due, kOpened + 1h);
  const Next too_late = next_attempt(options, after(50min), plain(10min + 1us));
  EXPECT_EQ(too_late.state, DeliveryState::dead);
  EXPECT_EQ(too_late.reason, Reason::exhausted);
}

TEST(Schedule, retry_after_finishes_nothing_that_the_schedule_would_try_again) {
  DestinationOptions options;
  options.retry.give_up_after = 1h;
  const Wait wait = wait_after(options.retry, 1, 1h, kNoJitter);
  EXPECT_EQ(wait.own, 1s);
  const Next last = next_attempt(options, after(1min), wait);
  EXPECT_EQ(last.state, DeliveryState::pending);
  EXPECT_EQ(last.due, kOpened + 1h);
  EXPECT_EQ(next_attempt(options, after(1h), wait).state, DeliveryState::dead);
  options.ttl = 10min;
  const Next before_ttl = next_attempt(options, after(1min), wait);
  EXPECT_EQ(before_ttl.state, DeliveryState::pending);
  EXPECT_EQ(before_ttl.due, kOpened + 10min - kLastTryBeforeTtl);
}

TEST(Schedule, a_last_attempt_is_no_earlier_than_the_schedule_allows) {
  DestinationOptions options;
  options.ttl = 10min;
  const Next next = next_attempt(options, after(9min), {59'500ms, 1h});
  EXPECT_EQ(next.state, DeliveryState::pending);
  EXPECT_EQ(next.due, kOpened + 9min + 59'500ms);
}

TEST(Schedule, time_spent_paused_counts_neither_to_give_up_nor_to_ttl) {
  DestinationOptions options;
  options.retry.give_up_after = 1h;
  options.ttl = 30min;
  EXPECT_EQ(next_attempt(options, after(10h, 10h - 10min), plain(10min)).state,
            DeliveryState::pending);
  EXPECT_FALSE(is_expired(options, after(10h, 10h - 10min)));
  EXPECT_TRUE(is_expired(options, after(10h, 10h - 30min)));
}

TEST(Schedule, what_would_be_worthless_at_its_next_attempt_expires_at_once) {
  DestinationOptions options;
  options.ttl = 10min;
  const Next next = next_attempt(options, after(9min), plain(1min));
  EXPECT_EQ(next.state, DeliveryState::expired);
  EXPECT_EQ(next.reason, Reason::ttl);
  EXPECT_EQ(next_attempt(options, after(9min), plain(59s)).state, DeliveryState::pending);
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
