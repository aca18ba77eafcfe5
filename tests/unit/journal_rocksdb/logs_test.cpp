#include "journal_rocksdb/logs.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "journal_rocksdb/claims.hpp"
#include "tests/unit/journal_rocksdb/made_log.hpp"
#include "tests/unit/journal_rocksdb/temporary_directory.hpp"

namespace spillway::journal {
namespace {

class LogsTest : public testing::Test {
 protected:
  void put(const std::string& name, const std::string& bytes) {
    std::ofstream(directory_.path() / name, std::ios::binary) << bytes;
  }
  [[nodiscard]] core::Result<Logs> read() const {
    return read_logs(*files_, directory_.path().string());
  }
  [[nodiscard]] core::Result<std::uint64_t> keep(std::uint64_t claimed) const {
    return keep_claim(*files_, directory_.path().string(), claimed);
  }

  static std::string log_of(std::uint64_t commit) {
    MadeLog log;
    log.add(record_of({commit, commit - 1}, "rows"));
    return log.bytes();
  }

  const std::shared_ptr<rocksdb::FileSystem> files_ = rocksdb::FileSystem::Default();
  TemporaryDirectory directory_;
};

TEST_F(LogsTest, the_last_log_is_the_one_with_the_highest_number_that_is_not_empty) {
  put("000009.log", log_of(1));
  put("1000000.log", log_of(2));
  put("1000001.log", "");
  put("2000000.sst", "no log");
  const auto logs = read();
  ASSERT_TRUE(logs.has_value()) << logs.error().message;
  EXPECT_TRUE(logs->last.ends_with("/1000000.log")) << logs->last;
  EXPECT_EQ(logs->claimed_synced, 1U);
}

TEST_F(LogsTest, cuts_the_torn_end_off_the_last_log) {
  const std::string whole = log_of(1);
  put("000004.log", whole + log_of(2).substr(0, 20));
  const auto logs = read();
  ASSERT_TRUE(logs.has_value()) << logs.error().message;
  ASSERT_TRUE(settle_last_log(*files_, *logs).has_value());
  EXPECT_EQ(std::filesystem::file_size(directory_.path() / "000004.log"), whole.size());
}

TEST_F(LogsTest, refuses_a_damaged_log_that_others_follow) {
  std::string damaged = log_of(1);
  damaged.replace(3, 30, 30, '\0');
  put("000004.log", damaged);
  put("000007.log", log_of(2));
  const auto logs = read();
  ASSERT_FALSE(logs.has_value());
  EXPECT_NE(logs.error().message.find("000004.log"), std::string::npos) << logs.error().message;
  EXPECT_NE(logs.error().message.find("restore"), std::string::npos) << logs.error().message;
}

TEST_F(LogsTest, keeps_the_highest_claim_ever_seen) {
  EXPECT_EQ(keep(0), 0U);
  EXPECT_EQ(keep(7), 7U);
  EXPECT_EQ(keep(5), 7U);
  EXPECT_EQ(keep(8), 8U);
}

TEST_F(LogsTest, does_not_guess_what_a_damaged_claim_was) {
  for (const char* const text : {"", "8", "-8\n", "8\n9\n", "99999999999999999999\n"}) {
    put("claimed_synced", text);
    EXPECT_FALSE(keep(1).has_value()) << text;
  }
}

}  // namespace
}  // namespace spillway::journal
