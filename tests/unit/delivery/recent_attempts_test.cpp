#include "delivery/recent_attempts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace spillway::delivery {
namespace {

using namespace std::chrono_literals;
using core::Outcome;
using testing::ElementsAre;
using testing::IsEmpty;

core::EventId id(std::uint8_t number) {
  core::EventId event;
  event.bytes[0] = number;
  return event;
}

core::Attempt attempt(std::uint32_t number, Outcome outcome, std::string error = "") {
  core::Attempt made;
  made.number = number;
  made.generation = 2;
  made.started = core::Time(1h) + std::chrono::seconds(number);
  made.took = 250ms;
  made.outcome = outcome;
  made.status = error.empty() ? 503 : 0;
  made.error = std::move(error);
  made.excerpt = "what it answered";
  return made;
}

std::vector<std::uint32_t> numbers(const RecentAttempts& recent) {
  std::vector<std::uint32_t> found;
  for (const RecentAttempt& one : recent.newest_first()) {
    found.push_back(one.attempt.number);
  }
  return found;
}

TEST(RecentAttempts, are_none_at_first) {
  const RecentAttempts recent;
  EXPECT_THAT(recent.newest_first(), IsEmpty());
  EXPECT_FALSE(recent.last_failure());
}

TEST(RecentAttempts, tell_everything_but_what_was_answered) {
  RecentAttempts recent;
  recent.add(id(7), attempt(3, Outcome::unknown, "no answer in time"));
  const std::vector<RecentAttempt> told = recent.newest_first();
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].event, id(7));
  EXPECT_EQ(told[0].attempt.number, 3u);
  EXPECT_EQ(told[0].attempt.generation, 2u);
  EXPECT_EQ(told[0].attempt.started, core::Time(1h) + 3s);
  EXPECT_EQ(told[0].attempt.took, 250ms);
  EXPECT_EQ(told[0].attempt.outcome, Outcome::unknown);
  EXPECT_EQ(told[0].attempt.status, 0u);
  EXPECT_EQ(told[0].attempt.error, "no answer in time");
  EXPECT_EQ(told[0].attempt.excerpt, "");
}

TEST(RecentAttempts, come_newest_first_and_the_oldest_make_room) {
  RecentAttempts recent;
  for (std::uint32_t number = 1; number <= 3; ++number) {
    recent.add(id(1), attempt(number, Outcome::deferred));
  }
  EXPECT_THAT(numbers(recent), ElementsAre(3, 2, 1));
  const std::uint32_t kept = RecentAttempts::kKept;
  const std::uint32_t last = 2 * kept + 5;  // past the ring's end more than once
  for (std::uint32_t number = 4; number <= last; ++number) {
    recent.add(id(1), attempt(number, Outcome::deferred));
    const std::vector<std::uint32_t> found = numbers(recent);
    ASSERT_EQ(found.size(), std::min(number, kept));
    ASSERT_EQ(found.front(), number);
    ASSERT_EQ(found.back(), number - found.size() + 1);
    ASSERT_TRUE(std::ranges::is_sorted(found, std::greater()));
  }
}

TEST(RecentAttempts, no_success_pushes_out_the_last_failure) {
  RecentAttempts recent;
  recent.add(id(1), attempt(1, Outcome::rejected));
  recent.add(id(2), attempt(2, Outcome::deferred, "connect: refused"));
  for (std::uint32_t number = 3; number < 3 + 2 * RecentAttempts::kKept; ++number) {
    recent.add(id(3), attempt(number, Outcome::delivered));
  }
  ASSERT_TRUE(recent.last_failure());
  EXPECT_EQ(recent.last_failure()->event, id(2));
  EXPECT_EQ(recent.last_failure()->attempt.error, "connect: refused");
  recent.add(id(4), attempt(99, Outcome::unknown, "no answer in time"));
  EXPECT_EQ(recent.last_failure()->event, id(4));
}

TEST(RecentAttempts, a_rejected_one_has_failed_too) {
  RecentAttempts recent;
  recent.add(id(1), attempt(1, Outcome::delivered));
  EXPECT_FALSE(recent.last_failure());
  recent.add(id(1), attempt(2, Outcome::rejected));
  EXPECT_TRUE(recent.last_failure());
}

TEST(RecentAttempts, errors_stay_apart_and_are_cut) {
  RecentAttempts recent;
  recent.add(id(1), attempt(1, Outcome::deferred, "connect: refused"));
  recent.add(id(1), attempt(2, Outcome::deferred, std::string(10'000, 'x')));
  recent.add(id(1), attempt(3, Outcome::deferred));
  recent.add(id(1), attempt(4, Outcome::deferred, "connect: refused"));
  std::vector<std::string> errors;
  for (const RecentAttempt& one : recent.newest_first()) {
    errors.push_back(one.attempt.error);
  }
  EXPECT_THAT(errors,
              ElementsAre("connect: refused", "", std::string(RecentAttempts::kErrorBytesMax, 'x'),
                          "connect: refused"));
}

}  // namespace
}  // namespace spillway::delivery
