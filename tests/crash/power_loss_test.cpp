// Under the real RocksDB: whatever a power cut leaves of the unsynced, every batch that was
// synced is there, what is there is a prefix of what was written, and nothing is claimed that was
// not recovered. And that these tests would notice: with a disk that lies, they do.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <rocksdb/system_clock.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/random.hpp"
#include "journal/keys.hpp"
#include "journal/memory_store.hpp"
#include "journal/records.hpp"
#include "journal/writer.hpp"
#include "journal_rocksdb/rocksdb_store.hpp"
#include "tests/crash/dropping_file_system.hpp"

namespace spillway::journal {
namespace {

constexpr std::string_view kCommitKey = "commit";

// The number of the last batch in the store.
std::uint64_t last_commit(const Readable& store) {
  const auto got = store.get(Table::meta, kCommitKey);
  std::uint64_t commit = 0;
  if (got && *got) {
    std::from_chars((*got)->data(), (*got)->data() + (*got)->size(), commit);
  }
  return commit;
}

WriteBatch random_batch(std::uint64_t commit, core::Random& random) {
  WriteBatch batch;
  batch.put(Table::meta, kCommitKey, std::to_string(commit));
  for (std::uint64_t change = 1 + random.below(8); change > 0; --change) {
    const auto table = static_cast<Table>(1 + random.below(kTables - 1));
    const std::string key = std::to_string(random.below(200));
    switch (random.below(8)) {
      case 0:
        batch.erase(table, key);
        break;
      case 1:
        batch.erase_range(table, key, key + "5");
        break;
      default:
        batch.put(table, key,
                  std::string(random.below(3000), static_cast<char>('a' + random.below(26))));
        break;
    }
  }
  return batch;
}

// Every row as table/key=value; a value is one letter many times, so its length and letter tell.
std::string contents(const Readable& store) {
  std::string rows;
  for (std::size_t table = 0; table < kTables; ++table) {
    const auto scanned = store.scan(static_cast<Table>(table), "", "\xff", Direction::forward,
                                    [&](std::string_view key, std::string_view value) {
                                      rows += fmt::format("{}/{}={}", table, key, value.size());
                                      rows += fmt::format("{}\n", value.substr(0, 4));
                                      return true;
                                    });
    EXPECT_TRUE(scanned.has_value()) << scanned.error().message;
  }
  return rows;
}

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    // In memory where there is such a place: the model decides what is safe, not the disk.
    const std::filesystem::path memory = "/dev/shm";
    const auto base =
        std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path();
    std::string name = (base / "spillway-crash-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// RocksDB pauses for a second after an error in the background; with the power off it need not.
class ImpatientClock final : public rocksdb::SystemClockWrapper {
 public:
  ImpatientClock() : SystemClockWrapper(rocksdb::SystemClock::Default()) {}
  const char* Name() const override { return "ImpatientClock"; }
  void SleepForMicroseconds(int) override { std::this_thread::yield(); }
};

class Machine final : public rocksdb::EnvWrapper {
 public:
  explicit Machine(const std::shared_ptr<DroppingFileSystem>& disk)
      : EnvWrapper(rocksdb::NewCompositeEnv(disk)) {
    file_system_ = disk;
    system_clock_ = std::make_shared<ImpatientClock>();
  }
};

// Small tables see many flushes, compactions and switches of logs in a run, large ones none.
struct Sizes {
  std::size_t memtable_bytes_max;
  std::size_t log_bytes_max;
};
constexpr Sizes kSmall{.memtable_bytes_max = 64 * 1024, .log_bytes_max = 128 * 1024};
constexpr Sizes kLarge{.memtable_bytes_max = 64 << 20, .log_bytes_max = 128 << 20};

// One node on a disk that loses power, beside the list of all it wrote.
class Node {
 public:
  Node(std::uint64_t seed, Sizes sizes)
      : sizes_(sizes),
        random_(seed),
        disk_(std::make_shared<DroppingFileSystem>(directory_.path() / "trash")),
        machine_(std::make_shared<Machine>(disk_)) {
    std::filesystem::create_directory(data());
  }

  [[nodiscard]] core::Result<std::unique_ptr<Store>> open() {
    return RocksdbStore::open({.directory = data(),
                               .environment = machine_,
                               .memtable_bytes_max = sizes_.memtable_bytes_max,
                               .log_bytes_max = sizes_.log_bytes_max});
  }

  // Starts, checks what was recovered, writes and syncs, until the power fails after so many
  // changes of the disk: it may be during the start.
  void run(std::uint64_t changes) {
    disk_->lose_power_after(changes);
    const auto store = open();
    if (disk_->power_is_off()) {
      return;
    }
    ASSERT_TRUE(store.has_value()) << store.error().message;
    check_recovered(**store);
    while (!testing::Test::HasFatalFailure() && write_one(**store)) {
    }
  }

  // What must hold after any end of the process, on an honest disk.
  void check_recovered(const Store& store) {
    const std::uint64_t recovered = last_commit(store);
    ASSERT_GE(recovered, synced_) << "acknowledged batches are lost";
    ASSERT_LE(recovered, written_.size());
    ASSERT_LE(store.claimed_synced(), recovered);
    written_.resize(recovered);
    MemoryStore expected;
    for (const WriteBatch& batch : written_) {
      ASSERT_TRUE(expected.write(batch, {}).has_value());
    }
    const std::string rows = contents(store);
    if (disk_->power_is_off()) {
      return;
    }
    ASSERT_EQ(rows, contents(expected));
    synced_ = recovered;  // a store that is open is as durable as if it had been synced
  }

  // False when the power is off.
  [[nodiscard]] bool write_one(Store& store) {
    const std::uint64_t commit = written_.size() + 1;
    WriteBatch batch = random_batch(commit, random_);
    written_.push_back(batch);
    if (!store.write(batch, {commit, synced_}) || disk_->power_is_off()) {
      return false;
    }
    if (random_.below(2) == 0) {
      if (!store.sync() || disk_->power_is_off()) {
        return false;
      }
      synced_ = commit;
    }
    return true;
  }

  [[nodiscard]] DroppingFileSystem& disk() { return *disk_; }
  [[nodiscard]] core::Random& random() { return random_; }
  [[nodiscard]] std::uint64_t synced() const { return synced_; }
  [[nodiscard]] std::filesystem::path data() const { return directory_.path() / "data"; }

 private:
  const Sizes sizes_;
  TemporaryDirectory directory_;
  core::SeededRandom random_;
  std::shared_ptr<DroppingFileSystem> disk_;
  std::shared_ptr<Machine> machine_;
  std::vector<WriteBatch> written_;  // number i + 1 at i
  std::uint64_t synced_ = 0;
};

// More seeds than the bounded run of every day: SPILLWAY_CRASH_SEEDS=2000 bin/crash_test
std::uint64_t seeds(std::uint64_t usual) {
  const char* const wanted = std::getenv("SPILLWAY_CRASH_SEEDS");
  return wanted == nullptr ? usual : std::strtoull(wanted, nullptr, 10);
}

// The node is started and ends, by a power cut or by kill -9, again and again; often during a
// start, when only a few changes are made.
void live_through_crashes(Node& node, int crashes) {
  core::Random& random = node.random();
  for (int crash = 0; crash < crashes && !testing::Test::HasFatalFailure(); ++crash) {
    node.run(1 + random.below(random.below(2) == 0 ? 60 : 800));
    if (random.below(4) == 0) {
      node.disk().restore_power();
    } else {
      node.disk().crash(random);
    }
  }
  if (!testing::Test::HasFatalFailure()) {
    node.disk().restore_power();
    const auto store = node.open();
    ASSERT_TRUE(store.has_value()) << store.error().message;
    node.check_recovered(**store);
  }
}

TEST(PowerLoss, keeps_every_synced_batch_and_a_prefix_of_the_rest_while_tables_flush) {
  for (std::uint64_t seed = 0; seed < seeds(40) && !HasFatalFailure(); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Node node(seed, kSmall);
    live_through_crashes(node, 6);
  }
}

TEST(PowerLoss, keeps_every_synced_batch_and_a_prefix_of_the_rest_in_one_log) {
  for (std::uint64_t seed = 0; seed < seeds(15) && !HasFatalFailure(); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Node node(seed, kLarge);
    live_through_crashes(node, 6);
  }
}

// The rule that the two tests above rest on, and the bug they once found: RocksDB alone syncs a
// full log some time after it began the next one, and recovers the next one without its end.
TEST(PowerLoss, a_full_log_is_synced_before_the_next_one_is_written) {
  Node node(1, kSmall);
  const auto store = node.open();
  ASSERT_TRUE(store.has_value()) << store.error().message;
  for (std::uint64_t commit = 1; commit <= 300; ++commit) {
    const WriteBatch batch = random_batch(commit, node.random());
    ASSERT_TRUE((*store)->write(batch, {commit, 0}).has_value());
    ASSERT_LE(node.disk().unsynced_logs(), 1U);
  }
}

TEST(PowerLoss, is_noticed_when_the_disk_lies_about_syncs) {
  int lost = 0;
  int claimed = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Node node(seed, kLarge);
    node.disk().lie_about_log_syncs();
    {
      const auto store = node.open();
      ASSERT_TRUE(store.has_value()) << store.error().message;
      for (int batch = 0; batch < 30; ++batch) {
        ASSERT_TRUE(node.write_one(**store));
      }
    }
    node.disk().crash(node.random());
    const auto store = node.open();
    ASSERT_TRUE(store.has_value()) << store.error().message;
    lost += last_commit(**store) < node.synced() ? 1 : 0;
    claimed += (*store)->claimed_synced() > last_commit(**store) ? 1 : 0;
  }
  // A cut at the end of what was written leaves no proof; damage with something behind it does.
  EXPECT_GE(lost, 10);
  EXPECT_GE(claimed, 1);
}

std::filesystem::path largest_log(const std::filesystem::path& directory) {
  std::filesystem::path largest;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == ".log" &&
        (largest.empty() || entry.file_size() > std::filesystem::file_size(largest))) {
      largest = entry.path();
    }
  }
  return largest;
}

TEST(PowerLoss,
     a_journal_with_damage_before_synced_batches_refuses_to_start_until_loss_is_accepted) {
  Node node(1, kLarge);
  constexpr std::uint64_t kLast = 100;
  {
    const auto store = node.open();
    ASSERT_TRUE(store.has_value()) << store.error().message;
    ASSERT_TRUE(Writer::open(**store, {}, node.random()).has_value());
    for (std::uint64_t commit = 1; commit <= kLast; ++commit) {
      WriteBatch batch;
      batch.put(Table::meta, keys::kCommit, CommitRecord{.commit = commit}.encode());
      batch.put(Table::events, std::to_string(commit), std::string(500, 'e'));
      ASSERT_TRUE((*store)->write(batch, {commit, commit - 1}).has_value());
      ASSERT_TRUE((*store)->sync().has_value());
    }
  }
  const auto log = largest_log(node.data());
  const auto middle = static_cast<std::streamoff>(std::filesystem::file_size(log) / 2);
  std::fstream(log, std::ios::in | std::ios::out | std::ios::binary).seekp(middle) << "damage";

  const auto start = [&](bool accept_loss) {
    const auto store = node.open();
    EXPECT_TRUE(store.has_value()) << store.error().message;
    EXPECT_LT(CommitRecord::decode(**(*store)->get(Table::meta, keys::kCommit))->commit, kLast);
    EXPECT_LT(kLast / 2, (*store)->claimed_synced());
    return Writer::open(**store, {.accept_loss = accept_loss}, node.random()).has_value();
  };
  EXPECT_FALSE(start(false));
  EXPECT_FALSE(start(false)) << "the logs that proved the loss are gone by now";
  EXPECT_TRUE(start(true));
  EXPECT_TRUE(start(false)) << "what was accepted must not be asked again";
}

}  // namespace
}  // namespace spillway::journal
