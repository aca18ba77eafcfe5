#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "journal_rocksdb/crc32c.hpp"
#include "tests/unit/journal_rocksdb/made_log.hpp"

namespace spillway::journal {
namespace {

TEST(Crc32c, agrees_with_the_published_check_value) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
}

// Ten batches, each of which knows the one before it as synced; where each ends.
struct TenBatches {
  explicit TenBatches(std::size_t value_bytes) {
    for (std::uint64_t commit = 1; commit <= 10; ++commit) {
      log.add(record_of({commit, commit - 1}, std::string(value_bytes, 'v')));
      ends.push_back(log.bytes().size());
    }
  }
  MadeLog log;
  std::vector<std::size_t> ends;
};

TEST(WalMarks, finds_the_highest_claim_of_a_whole_log) {
  for (const std::size_t value_bytes : {0U, 100U, 32'723U, 50'000U, 100'000U}) {
    const TenBatches batches(value_bytes);
    const WalMarks marks = read_marks(batches.log.bytes());
    EXPECT_EQ(marks.highest_synced(), 9U) << value_bytes;
    EXPECT_EQ(marks.intact_bytes(), batches.log.bytes().size()) << value_bytes;
  }
}

TEST(WalMarks, a_log_cut_anywhere_is_intact_up_to_its_last_whole_record) {
  const TenBatches batches(20'000);
  std::size_t whole = 0;
  for (std::size_t cut = 0; cut < batches.log.bytes().size(); cut += 97) {
    while (batches.ends[whole] <= cut) {
      ++whole;
    }
    const std::size_t expected = whole == 0 ? 0 : batches.ends[whole - 1];
    ASSERT_EQ(read_marks(batches.log.bytes().substr(0, cut)).intact_bytes(), expected) << cut;
  }
}

TEST(WalMarks, any_damaged_byte_ends_what_is_intact_and_raises_no_claim) {
  const TenBatches batches(30);
  std::size_t whole = 0;
  for (std::size_t at = 0; at < batches.log.bytes().size(); ++at) {
    while (batches.ends[whole] <= at) {
      ++whole;
    }
    for (const char damage : {'\x01', '\x80', '\xff'}) {
      std::string bytes = batches.log.bytes();
      bytes[at] = static_cast<char>(bytes[at] ^ damage);
      const WalMarks marks = read_marks(bytes);
      ASSERT_EQ(marks.intact_bytes(), whole == 0 ? 0 : batches.ends[whole - 1]) << at;
      ASSERT_LE(marks.highest_synced(), 9U) << at;
    }
  }
}

TEST(WalMarks, claims_behind_damage_are_found_but_nothing_there_is_intact) {
  const TenBatches batches(20'000);
  std::string bytes = batches.log.bytes();
  bytes[batches.ends[1] + 100] = 'x';
  const WalMarks marks = read_marks(bytes);
  EXPECT_EQ(marks.highest_synced(), 9U);
  EXPECT_EQ(marks.intact_bytes(), batches.ends[1]);
}

TEST(WalMarks, a_gap_of_zeros_up_to_the_next_block_is_damage) {
  MadeLog log;
  log.add(record_of({1, 0}, ""));
  const std::size_t first_end = log.bytes().size();
  const std::size_t filling = kLogBlockBytes - first_end - kFragmentHeaderBytes;
  log.add(std::string(filling, 'f'));
  ASSERT_EQ(log.bytes().size(), kLogBlockBytes);
  log.add(record_of({3, 1}, ""));
  std::string bytes = log.bytes();
  bytes.replace(first_end, kLogBlockBytes - first_end, kLogBlockBytes - first_end, '\0');
  EXPECT_EQ(read_marks(bytes).intact_bytes(), first_end);
}

TEST(WalMarks, log_data_of_another_program_claims_nothing) {
  MadeLog log;
  std::string record = record_of({2, 1}, "");
  record[14] = 'X';
  log.add(record);
  log.add("too short");
  EXPECT_EQ(read_marks(log.bytes()).highest_synced(), 0U);
}

}  // namespace
}  // namespace spillway::journal
