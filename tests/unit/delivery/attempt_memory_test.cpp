#include "delivery/attempt_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace spillway::delivery {
namespace {

using core::Outcome;
using testing::IsEmpty;
using testing::SizeIs;

core::Attempt attempt(std::uint32_t number, Outcome outcome) {
  core::Attempt made;
  made.number = number;
  made.outcome = outcome;
  made.status = 503;
  return made;
}

TEST(AttemptMemory, keeps_destinations_apart_and_for_good) {
  AttemptMemory memory;
  AttemptMemory::Destination& acme = memory.of("acme");
  memory.of("globex").add({}, attempt(1, Outcome::delivered));
  acme.add({}, attempt(2, Outcome::deferred));
  EXPECT_EQ(&memory.of("acme"), &acme);  // also of a lane that is made again
  ASSERT_THAT(memory.newest_first("acme"), SizeIs(1));
  EXPECT_EQ(memory.newest_first("acme")[0].attempt.number, 2u);
  ASSERT_THAT(memory.newest_first("globex"), SizeIs(1));
  EXPECT_EQ(memory.newest_first("globex")[0].attempt.number, 1u);
  EXPECT_THAT(memory.newest_first("nobody"), IsEmpty());
}

TEST(AttemptMemory, tells_the_last_failure_of_those_that_have_one) {
  AttemptMemory memory;
  memory.of("never attempted");
  memory.of("well").add({}, attempt(1, Outcome::delivered));
  memory.of("ill").add({}, attempt(2, Outcome::rejected));
  memory.of("ill").add({}, attempt(3, Outcome::deferred));
  memory.of("well again").add({}, attempt(4, Outcome::unknown));
  memory.of("well again").add({}, attempt(5, Outcome::delivered));
  const auto failures = memory.last_failures();
  ASSERT_THAT(failures, SizeIs(2));
  EXPECT_EQ(failures.at("ill").number, 3u);
  EXPECT_EQ(failures.at("well again").number, 4u);
}

// For the thread sanitizer.
TEST(AttemptMemory, is_read_while_lanes_write) {
  AttemptMemory memory;
  AttemptMemory::Destination& acme = memory.of("acme");
  std::atomic<bool> written{false};
  std::thread lane([&] {
    for (std::uint32_t number = 1; number <= 5000; ++number) {
      acme.add({}, attempt(number, number % 3 == 0 ? Outcome::delivered : Outcome::deferred));
      memory.of(number % 2 == 0 ? "globex" : "initech");
    }
    written = true;
  });
  while (!written) {
    const std::vector<RecentAttempt> told = memory.newest_first("acme");
    for (std::size_t i = 1; i < told.size(); ++i) {
      ASSERT_EQ(told[i - 1].attempt.number, told[i].attempt.number + 1);
    }
    EXPECT_LE(memory.last_failures().size(), 1u);
  }
  lane.join();
  EXPECT_EQ(memory.newest_first("acme").front().attempt.number, 5000u);
}

}  // namespace
}  // namespace spillway::delivery
