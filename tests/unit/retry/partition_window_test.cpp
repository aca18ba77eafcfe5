#include "retry/partition_window.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "core/encoding.hpp"
#include "core/random.hpp"

namespace spillway::retry {
namespace {

PartitionWindow again(const PartitionWindow& window) {
  PartitionWindow next(window.offset(), window.done_above());
  EXPECT_TRUE(next.understood());
  return next;
}

TEST(PartitionWindow, begins_where_the_log_was_told_to) {
  const PartitionWindow window(42);
  EXPECT_EQ(window.offset(), 42);
  EXPECT_EQ(window.done_above(), "");
  EXPECT_EQ(window.open(), 0U);
  EXPECT_FALSE(window.full());
}

TEST(PartitionWindow, moves_on_when_the_lowest_is_done) {
  PartitionWindow window(10);
  for (std::int64_t offset = 10; offset < 14; ++offset) {
    EXPECT_TRUE(window.take(offset));
  }
  window.done(12);
  EXPECT_EQ(window.offset(), 10);
  EXPECT_NE(window.done_above(), "");
  window.done(10);
  EXPECT_EQ(window.offset(), 11);
  window.done(11);
  EXPECT_EQ(window.offset(), 13);
  EXPECT_EQ(window.done_above(), "");
  EXPECT_EQ(window.open(), 1U);
  window.done(13);
  EXPECT_EQ(window.offset(), 14);
}

TEST(PartitionWindow, moves_over_offsets_that_the_log_keeps_for_itself) {
  PartitionWindow window(10);
  EXPECT_TRUE(window.take(12));
  EXPECT_EQ(window.offset(), 12);
  EXPECT_TRUE(window.take(15));
  EXPECT_TRUE(window.take(1'000'000));
  window.done(12);
  EXPECT_EQ(window.offset(), 15);
  window.done(15);
  EXPECT_EQ(window.offset(), 1'000'000);
}

TEST(PartitionWindow, knows_again_what_was_done) {
  PartitionWindow window(10);
  for (const std::int64_t offset : {10, 11, 14, 15, 20}) {
    EXPECT_TRUE(window.take(offset));
  }
  for (const std::int64_t offset : {11, 14, 20}) {
    window.done(offset);
  }
  PartitionWindow next = again(window);
  EXPECT_EQ(next.offset(), 10);
  EXPECT_TRUE(next.take(10));
  EXPECT_FALSE(next.take(11));
  EXPECT_FALSE(next.take(14));
  // Told on before all was read again, it knows the rest as well.
  next = again(next);
  EXPECT_TRUE(next.take(10));
  EXPECT_FALSE(next.take(11));
  EXPECT_FALSE(next.take(14));
  EXPECT_TRUE(next.take(15));
  EXPECT_FALSE(next.take(20));
  EXPECT_TRUE(next.take(21));
  next.done(10);
  EXPECT_EQ(next.offset(), 15);
  next.done(15);
  EXPECT_EQ(next.offset(), 21);
}

TEST(PartitionWindow, takes_nothing_twice) {
  PartitionWindow window(10);
  EXPECT_FALSE(window.take(9));
  EXPECT_TRUE(window.take(10));
  EXPECT_FALSE(window.take(10));
  EXPECT_EQ(window.open(), 1U);
}

TEST(PartitionWindow, is_full_when_the_highest_is_too_far_above_the_lowest) {
  PartitionWindow window(0, "", 100);
  for (std::int64_t offset = 0; offset < 100; ++offset) {
    EXPECT_FALSE(window.full());
    EXPECT_TRUE(window.take(offset));
  }
  EXPECT_TRUE(window.full());
  window.done(50);
  EXPECT_TRUE(window.full());
  window.done(0);
  EXPECT_FALSE(window.full());
}

// Kafka takes 4,096 bytes of metadata, if it is not told otherwise.
TEST(PartitionWindow, has_a_text_that_the_log_takes_even_at_its_worst) {
  PartitionWindow window(1'000'000'000'000);
  for (std::int64_t i = 0; i < PartitionWindow::kOffsetsMax; ++i) {
    EXPECT_TRUE(window.take(1'000'000'000'000 + i));
  }
  for (std::int64_t i = 1; i < PartitionWindow::kOffsetsMax; i += 2) {
    window.done(1'000'000'000'000 + i);
  }
  EXPECT_LT(window.done_above().size(), 3072U);
  const PartitionWindow next = again(window);
  EXPECT_EQ(next.done_above(), window.done_above());
}

TEST(PartitionWindow, begins_with_nothing_done_after_a_text_it_cannot_read) {
  PartitionWindow window(10);
  EXPECT_TRUE(window.take(10));
  EXPECT_TRUE(window.take(11));
  window.done(11);
  const std::string good = window.done_above();
  const std::string huge("1:" + core::to_base64("\x01\x01\xff\xff\xff\xff\x7f"));
  const std::string cut("1:" + core::to_base64(std::string("\x02\x01\x01\x01", 4)));
  for (const std::string& text :
       {std::string("x"), std::string("1:"), std::string("1:?"), "2" + good.substr(1), good + "A",
        good.substr(0, good.size() - 2), huge, cut, std::string(5000, 'A')}) {
    PartitionWindow next(10, text);
    EXPECT_FALSE(next.understood()) << text;
    EXPECT_EQ(next.offset(), 10);
    EXPECT_EQ(next.done_above(), "");
    EXPECT_TRUE(next.take(10));
    EXPECT_TRUE(next.take(11));
  }
}

// A log with gaps, read by one window after the other, each told on by the one before at a random
// moment: what it was told to be done is never worked on again, and everything is done in the end.
TEST(PartitionWindow, loses_and_repeats_nothing_whatever_happens) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    core::SeededRandom random(seed);
    std::vector<std::int64_t> log;
    std::int64_t end = static_cast<std::int64_t>(random.below(5));
    for (int i = 0; i < 200; ++i) {
      log.push_back(end);
      end += random.below(4) == 0 ? 1 + static_cast<std::int64_t>(random.below(9)) : 1;
    }
    std::set<std::int64_t> told;  // to be done
    std::set<std::int64_t> open;
    std::set<std::int64_t> done;
    PartitionWindow window(0, "", 50);
    auto next = log.begin();
    while (told.size() < log.size() || next != log.end()) {
      const std::uint64_t dice = random.below(20);
      if (dice < 9 && next != log.end() && !window.full()) {
        const std::int64_t offset = *next++;
        EXPECT_EQ(window.take(offset), !told.contains(offset)) << "seed " << seed;
        if (!told.contains(offset)) {
          open.insert(offset);
        }
      } else if (dice < 18 && !open.empty()) {
        const auto chosen =
            std::next(open.begin(), static_cast<std::ptrdiff_t>(random.below(open.size())));
        window.done(*chosen);
        done.insert(*chosen);
        open.erase(chosen);
      } else if (dice == 18) {
        told = done;
      } else if (dice == 19) {
        // The next one begins where this one stands; what it did is told.
        told = done;
        window = PartitionWindow(window.offset(), window.done_above(), 50);
        open.clear();
        next = std::ranges::lower_bound(log, window.offset());
      }
      ASSERT_EQ(window.open(), open.size());
      ASSERT_TRUE(open.empty() || window.offset() == *open.begin()) << "seed " << seed;
      for (const std::int64_t offset : log) {
        ASSERT_TRUE(offset >= window.offset() || done.contains(offset)) << "seed " << seed;
      }
    }
    EXPECT_EQ(window.offset(), log.back() + 1);
    EXPECT_EQ(window.done_above(), "");
  }
}

}  // namespace
}  // namespace spillway::retry
