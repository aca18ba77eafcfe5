#include "journal_rocksdb/rocksdb_store.hpp"

#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "tests/unit/journal_rocksdb/temporary_directory.hpp"

namespace spillway::journal {
namespace {

using rocksdb::IOStatus;

// A disk on which files of one kind cannot grow once it is full.
class FullDisk final : public rocksdb::FileSystemWrapper {
 public:
  explicit FullDisk(std::string suffix)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), suffix_(std::move(suffix)) {}
  const char* Name() const override { return "FullDisk"; }

  void fill() { full_ = true; }

  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           rocksdb::IODebugContext* debug) override {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    const IOStatus status = target()->NewWritableFile(path, options, &file, debug);
    if (status.ok() && path.ends_with(suffix_)) {
      *result = std::make_unique<File>(std::move(file), full_);
    } else {
      *result = std::move(file);
    }
    return status;
  }

 private:
  class File final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    File(std::unique_ptr<rocksdb::FSWritableFile> target, const std::atomic<bool>& full)
        : FSWritableFileOwnerWrapper(std::move(target)), full_(full) {}
    IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                    rocksdb::IODebugContext* debug) override {
      return full_ ? IOStatus::NoSpace("the disk is full")
                   : FSWritableFileOwnerWrapper::Append(data, options, debug);
    }
    IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                    const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext* debug) override {
      return Append(data, options, debug);
    }

   private:
    const std::atomic<bool>& full_;
  };

  const std::string suffix_;
  std::atomic<bool> full_ = false;
};

class RocksdbStoreTest : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<RocksdbStore> open(
      std::shared_ptr<rocksdb::Env> environment = nullptr) {
    RocksdbOptions options{.directory = directory_.path(), .environment = std::move(environment)};
    if (options.environment) {
      options.memtable_bytes_max = 256 * 1024;  // so that a disk soon has something to do
    }
    auto store = RocksdbStore::open(options);
    EXPECT_TRUE(store.has_value()) << store.error().message;
    return store ? *std::move(store) : nullptr;
  }

  static core::Result<void> write(Store& store, std::uint64_t commit, std::size_t bytes) {
    WriteBatch batch;
    batch.put(Table::events, std::to_string(commit), std::string(bytes, 'e'));
    return store.write(batch, {commit, 0});
  }

  [[nodiscard]] std::filesystem::path log() const {
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      if (entry.path().extension() == ".log") {
        return entry.path();
      }
    }
    return {};
  }

  // Writes until the store refuses: the code it refused with and the last commit it took.
  static std::pair<core::ErrorCode, std::uint64_t> write_until_refused(Store& store) {
    for (std::uint64_t commit = 1; commit < 10'000; ++commit) {
      if (const auto written = write(store, commit, 4000); !written) {
        return {written.error().code, commit - 1};
      }
    }
    return {};
  }

  TemporaryDirectory directory_;
};

TEST_F(RocksdbStoreTest, nothing_behind_a_hole_in_the_log_is_recovered) {
  std::size_t first_end = 0;
  {
    const auto store = open();
    ASSERT_TRUE(write(*store, 1, 20'000));
    first_end = std::filesystem::file_size(log());
    // The second record shall end with its block; its value's length takes a byte less.
    const std::size_t frame_bytes = first_end - 20'000 - 1;
    ASSERT_TRUE(write(*store, 2, 32'768 - first_end - frame_bytes));
    ASSERT_EQ(std::filesystem::file_size(log()), 32'768U);
    ASSERT_TRUE(write(*store, 3, 100));
  }
  std::fstream(log(), std::ios::in | std::ios::out | std::ios::binary)
          .seekp(static_cast<std::streamoff>(first_end))
      << std::string(32'768 - first_end, '\0');

  const auto store = open();
  EXPECT_TRUE(store->get(Table::events, "1")->has_value());
  EXPECT_FALSE(store->get(Table::events, "2")->has_value());
  EXPECT_FALSE(store->get(Table::events, "3")->has_value());
}

TEST_F(RocksdbStoreTest, a_full_disk_under_the_log_is_an_error_that_stays) {
  const auto disk = std::make_shared<FullDisk>(".log");
  const std::shared_ptr<rocksdb::Env> machine = rocksdb::NewCompositeEnv(disk);
  {
    const auto store = open(machine);
    ASSERT_TRUE(write(*store, 1, 100));
    ASSERT_TRUE(store->sync());
    disk->fill();
    const auto refused = write(*store, 2, 100);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::ErrorCode::out_of_space);
    EXPECT_FALSE(write(*store, 3, 100));
    EXPECT_FALSE(store->sync());
  }
  const auto store = open();
  EXPECT_TRUE(store->get(Table::events, "1")->has_value());
  EXPECT_FALSE(store->get(Table::events, "2")->has_value());
  EXPECT_FALSE(store->get(Table::events, "3")->has_value());
}

TEST_F(RocksdbStoreTest, a_full_disk_under_a_flush_stops_the_writes_and_loses_none) {
  const auto disk = std::make_shared<FullDisk>(".sst");
  const std::shared_ptr<rocksdb::Env> machine = rocksdb::NewCompositeEnv(disk);
  std::uint64_t last = 0;
  {
    const auto store = open(machine);
    disk->fill();
    const auto refused = write_until_refused(*store);
    EXPECT_EQ(refused.first, core::ErrorCode::out_of_space);
    last = refused.second;
  }
  ASSERT_GT(last, 0U);
  const auto store = open();
  for (std::uint64_t commit = 1; commit <= last; ++commit) {
    ASSERT_TRUE(store->get(Table::events, std::to_string(commit))->has_value()) << commit;
  }
}

// A checkpoint, opened as a store of its own.
class CheckpointTest : public RocksdbStoreTest {
 protected:
  [[nodiscard]] std::filesystem::path checkpoint() const { return directory_.path() / "copy"; }
  [[nodiscard]] std::unique_ptr<RocksdbStore> open_checkpoint() const {
    auto store = RocksdbStore::open({.directory = checkpoint()});
    EXPECT_TRUE(store.has_value()) << store.error().message;
    return store ? *std::move(store) : nullptr;
  }
  static core::Result<void> write_synced(Store& store, std::uint64_t commit) {
    WriteBatch batch;
    batch.put(Table::events, std::to_string(commit), "e");
    const auto written = store.write(batch, {commit, commit - 1});
    return written ? store.sync() : written;
  }
};

TEST_F(CheckpointTest, holds_what_was_synced_and_nothing_of_later) {
  const auto store = open();
  for (std::uint64_t commit = 1; commit <= 100; ++commit) {
    ASSERT_TRUE(write_synced(*store, commit));
  }
  ASSERT_TRUE(store->checkpoint(checkpoint()));
  ASSERT_TRUE(write_synced(*store, 101));

  const auto copy = open_checkpoint();
  for (std::uint64_t commit = 1; commit <= 100; ++commit) {
    EXPECT_TRUE(copy->get(Table::events, std::to_string(commit))->has_value()) << commit;
  }
  EXPECT_FALSE(copy->get(Table::events, "101")->has_value());
  // Both go on by themselves.
  EXPECT_TRUE(write_synced(*copy, 102));
  EXPECT_TRUE(write_synced(*store, 103));
  EXPECT_FALSE(store->get(Table::events, "102")->has_value());
}

TEST_F(CheckpointTest, claims_what_was_synced_although_its_log_is_new) {
  const auto store = open();
  for (std::uint64_t commit = 1; commit <= 10; ++commit) {
    ASSERT_TRUE(write_synced(*store, commit));
  }
  ASSERT_TRUE(store->checkpoint(checkpoint()));
  EXPECT_EQ(open_checkpoint()->claimed_synced(), 9);
}

TEST_F(CheckpointTest, hands_a_kept_claim_on) {
  {
    const auto store = open();
    ASSERT_TRUE(write_synced(*store, 1));
    ASSERT_TRUE(write_synced(*store, 2));
  }
  const auto store = open();
  ASSERT_EQ(store->claimed_synced(), 1);
  ASSERT_TRUE(store->checkpoint(checkpoint()));
  EXPECT_EQ(open_checkpoint()->claimed_synced(), 1);
}

TEST_F(CheckpointTest, takes_no_directory_that_exists) {
  const auto store = open();
  std::filesystem::create_directory(checkpoint());
  EXPECT_FALSE(store->checkpoint(checkpoint()));
}

}  // namespace
}  // namespace spillway::journal
