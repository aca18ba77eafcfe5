// Checkpoints of a real store, in a directory of the test's own.
#include "app/journal_checkpoints.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "core/metrics.hpp"
#include "core/system_clock.hpp"
#include "journal_rocksdb/rocksdb_store.hpp"

namespace spillway::app {
namespace {

namespace fs = std::filesystem;

class JournalCheckpointsTest : public testing::Test {
 protected:
  JournalCheckpointsTest() { fs::create_directories(data_dir_); }
  ~JournalCheckpointsTest() override {
    store_.reset();
    fs::remove_all(data_dir_);
  }

  void SetUp() override {
    store_ = journal::RocksdbStore::open({.directory = data_dir_ / "journal"}).value();
    journal::WriteBatch batch;
    batch.put(journal::Table::events, "1", "e");
    ASSERT_TRUE(store_->write(batch, {1, 0}));
    ASSERT_TRUE(store_->sync());
  }

  JournalCheckpoints checkpoints() { return {*store_, clock_, registry_, data_dir_}; }
  double made_at() { return registry_.gauge("spillway_checkpoint_timestamp_seconds", "").value(); }

  const fs::path data_dir_ =
      fs::path(testing::TempDir()) / ("spillway_checkpoints_" + std::to_string(::getpid()));
  core::SystemClock clock_;
  core::Registry registry_;
  std::unique_ptr<journal::RocksdbStore> store_;
};

TEST_F(JournalCheckpointsTest, one_holds_the_journal_until_it_is_removed) {
  auto made_by = checkpoints();
  const auto made = made_by.make(false).value();
  EXPECT_GT(made.files, 2U);
  EXPECT_GT(made.bytes, 0U);
  EXPECT_GT(made_at(), 0);
  {
    const auto copy =
        journal::RocksdbStore::open({.directory = fs::path(made.directory) / "journal"}).value();
    EXPECT_TRUE(copy->get(journal::Table::events, "1")->has_value());
  }
  EXPECT_TRUE(made_by.remove(made.name).value());
  EXPECT_FALSE(fs::exists(made.directory));
  EXPECT_EQ(made_at(), 0);
  EXPECT_FALSE(made_by.remove(made.name).value());
}

TEST_F(JournalCheckpointsTest, one_that_stands_goes_only_when_it_shall_be_replaced) {
  auto made_by = checkpoints();
  const auto first = made_by.make(false).value();
  const auto refused = made_by.make(false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::ErrorCode::conflict);
  const auto second = made_by.make(true).value();
  EXPECT_NE(first.name, second.name);
  EXPECT_FALSE(fs::exists(first.directory));
  // Whoever copied the first does not remove the second.
  EXPECT_FALSE(made_by.remove(first.name).value());
  EXPECT_TRUE(fs::exists(second.directory));
}

TEST_F(JournalCheckpointsTest, what_an_earlier_process_left_goes) {
  const auto left = checkpoints().make(false).value();
  auto made_by = checkpoints();
  EXPECT_FALSE(fs::exists(left.directory));
  EXPECT_TRUE(made_by.make(false));
}

TEST_F(JournalCheckpointsTest, a_name_is_no_path) {
  auto made_by = checkpoints();
  fs::create_directory(data_dir_ / "precious");
  EXPECT_FALSE(made_by.remove("../precious").value());
  EXPECT_FALSE(made_by.remove("").value());
  EXPECT_FALSE(made_by.remove("..").value());
  EXPECT_TRUE(fs::exists(data_dir_ / "precious"));
}

}  // namespace
}  // namespace spillway::app
