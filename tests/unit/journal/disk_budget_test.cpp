#include "journal/disk_budget.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace spillway::journal {
namespace {

constexpr std::uint64_t kGib = std::uint64_t{1} << 30;

TEST(DiskBudget, accepts_until_the_reserve_is_touched) {
  const DiskBudget budget{.budget = kGib};
  EXPECT_TRUE(budget.decide({.used = 0, .free = 100 * kGib}).accept);
  EXPECT_TRUE(budget.decide({.used = kGib * 9 / 10, .free = 100 * kGib}).accept);
  EXPECT_FALSE(budget.decide({.used = kGib - (32 << 20), .free = 100 * kGib}).accept);
}

TEST(DiskBudget, a_small_file_system_counts_more_than_the_budget) {
  const DiskBudget budget{.budget = 20 * kGib};
  EXPECT_FALSE(budget.decide({.used = kGib, .free = 1 << 20}).accept);
}

TEST(DiskBudget, what_waits_needs_room_for_its_outcomes) {
  const DiskBudget budget{.budget = kGib};
  const std::uint64_t used = kGib * 85 / 100;
  EXPECT_TRUE(budget.decide({.used = used, .free = 100 * kGib}).accept);
  EXPECT_FALSE(budget.decide({.used = used, .free = 100 * kGib, .pending = 500'000}).accept);
}

TEST(DiskBudget, history_goes_early_above_seventy_percent) {
  const DiskBudget budget{.budget = kGib};
  EXPECT_EQ(budget.decide({.used = kGib * 69 / 100, .free = 100 * kGib}).reclaim_bytes, 0U);
  const std::uint64_t bytes =
      budget.decide({.used = kGib * 71 / 100, .free = 100 * kGib}).reclaim_bytes;
  EXPECT_GT(bytes, kGib * 5 / 100);
  EXPECT_LT(bytes, kGib * 7 / 100);  // the oldest, not everything
}

TEST(DiskBudget, bodies_in_memory_count_as_if_they_were_on_disk) {
  const DiskBudget budget{.budget = kGib};
  const std::uint64_t used = kGib * 9 / 10;
  EXPECT_TRUE(budget.decide({.used = used, .free = 100 * kGib}).accept);
  EXPECT_FALSE(budget.decide({.used = used, .arriving = 64 << 20, .free = 100 * kGib}).accept);
}

TEST(DiskBudget, what_is_about_to_be_rewritten_counts_twice) {
  const DiskBudget budget{.budget = kGib};
  const std::uint64_t used = kGib * 9 / 10;
  EXPECT_FALSE(budget.decide({.used = used, .rewrite = 64 << 20, .free = 100 * kGib}).accept);
}

TEST(DiskBudget, what_is_accepted_until_the_next_look_fits_twice) {
  const DiskBudget budget{.budget = kGib};
  std::uint64_t used = 0;
  for (auto decision = budget.decide({.used = used, .free = 100 * kGib}); decision.accept;
       decision = budget.decide({.used = used, .free = 100 * kGib})) {
    EXPECT_LE(used + 2 * decision.room, kGib - DiskBudget::kReserveMin);
    used += std::max<std::uint64_t>(1, decision.room);
  }
  EXPECT_GE(used, kGib - DiskBudget::kReserveMin);  // all of it is used in the end
  EXPECT_EQ(budget.decide({.used = used, .free = 100 * kGib}).room, 0U);
}

TEST(DiskBudget, history_goes_before_anybody_is_refused) {
  for (const std::uint64_t limit : {kGib / 4, kGib, 20 * kGib}) {
    const DiskBudget budget{.budget = limit};
    std::uint64_t used = 0;
    while (budget.decide({.used = used, .free = 100 * kGib}).reclaim_bytes == 0) {
      used += limit / 1000;
    }
    EXPECT_TRUE(budget.decide({.used = used + limit / 50, .free = 100 * kGib}).accept) << limit;
  }
}

TEST(DiskBudget, where_there_is_little_room_the_next_look_comes_sooner) {
  const auto holds_for = [](std::uint64_t budget, std::uint64_t free) {
    return DiskBudget{.budget = budget}.decide({.used = 0, .free = free}).holds_for;
  };
  EXPECT_EQ(holds_for(kGib / 4, 100 * kGib), std::chrono::milliseconds(51));
  EXPECT_EQ(holds_for(kGib, 100 * kGib), std::chrono::milliseconds(204));
  EXPECT_EQ(holds_for(20 * kGib, 100 * kGib), std::chrono::seconds(1));
  EXPECT_EQ(holds_for(20 * kGib, kGib / 8), std::chrono::milliseconds(50));
}

}  // namespace
}  // namespace spillway::journal
