// What every Store must do, run over the memory store of the simulation and over RocksDB: what the
// simulation proves must hold for the store that ships.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "core/random.hpp"
#include "journal/memory_store.hpp"
#include "journal_rocksdb/rocksdb_store.hpp"
#include "tests/unit/journal_rocksdb/temporary_directory.hpp"

namespace spillway::journal {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

std::unique_ptr<Store> open_rocksdb(const std::filesystem::path& directory) {
  auto opened = RocksdbStore::open({.directory = directory});
  EXPECT_TRUE(opened.has_value()) << opened.error().message;
  return opened ? std::move(*opened) : nullptr;
}

enum class Kind { memory, rocksdb };

class StoreConformance : public testing::TestWithParam<Kind> {
 protected:
  StoreConformance() {
    if (GetParam() == Kind::memory) {
      store_ = std::make_unique<MemoryStore>();
    } else {
      store_ = open_rocksdb(directory_.path());
    }
  }

  void write(const WriteBatch& batch) {
    ++commit_;
    const auto written = store_->write(batch, {commit_, commit_ - 1});
    ASSERT_TRUE(written.has_value()) << written.error().message;
  }
  void put(Table table, std::string_view key, std::string_view value) {
    WriteBatch batch;
    batch.put(table, key, value);
    write(batch);
  }
  void put_letters(Table table, std::string_view letters) {
    WriteBatch batch;
    for (const char letter : letters) {
      batch.put(table, std::string_view(&letter, 1), "value");
    }
    write(batch);
  }

  static std::optional<std::string> get(const Readable& from, Table table, std::string_view key) {
    auto got = from.get(table, key);
    EXPECT_TRUE(got.has_value()) << got.error().message;
    return got.value_or(std::nullopt);
  }
  [[nodiscard]] std::optional<std::string> get(Table table, std::string_view key) const {
    return get(*store_, table, key);
  }

  static std::string scan_keys(const Readable& from, Table table, std::string_view lower,
                               std::string_view upper, Direction direction, std::size_t limit) {
    std::string keys;
    std::size_t seen = 0;
    const auto scanned =
        from.scan(table, lower, upper, direction, [&](std::string_view key, std::string_view) {
          keys += key;
          return ++seen < limit;
        });
    EXPECT_TRUE(scanned.has_value());
    return keys;
  }
  [[nodiscard]] std::string scan_keys(Table table, std::string_view lower, std::string_view upper,
                                      Direction direction = Direction::forward) const {
    return scan_keys(*store_, table, lower, upper, direction, 1000);
  }

  TemporaryDirectory directory_;
  std::unique_ptr<Store> store_;
  std::uint64_t commit_ = 0;
};

TEST_P(StoreConformance, reads_what_was_written_before_any_sync) {
  put(Table::events, "key", "value");
  EXPECT_EQ(get(Table::events, "key"), "value");
  EXPECT_TRUE(store_->sync().has_value());
  EXPECT_EQ(get(Table::events, "key"), "value");
}

TEST_P(StoreConformance, keeps_tables_apart) {
  for (std::size_t i = 0; i < kTables; ++i) {
    put(static_cast<Table>(i), "key", std::to_string(i));
  }
  for (std::size_t i = 0; i < kTables; ++i) {
    EXPECT_EQ(get(static_cast<Table>(i), "key"), std::to_string(i));
  }
}

TEST_P(StoreConformance, finds_nothing_under_an_unknown_key) {
  put(Table::ids, "aa", "1");
  EXPECT_EQ(get(Table::ids, "a"), std::nullopt);
  EXPECT_EQ(get(Table::ids, "aaa"), std::nullopt);
  EXPECT_EQ(get(Table::dedup, "aa"), std::nullopt);
}

TEST_P(StoreConformance, applies_the_changes_of_a_batch_in_their_order) {
  put(Table::due, "old", "0");
  WriteBatch batch;
  batch.put(Table::due, "a", "1");
  batch.put(Table::due, "a", "2");
  batch.put(Table::due, "b", "1");
  batch.erase(Table::due, "b");
  batch.erase_range(Table::due, "a", "z");
  batch.put(Table::due, "c", "3");
  write(batch);
  EXPECT_EQ(scan_keys(Table::due, "a", "z"), "c");

  WriteBatch overwrite;
  overwrite.put(Table::due, "a", "1");
  overwrite.put(Table::due, "a", "2");
  write(overwrite);
  EXPECT_EQ(get(Table::due, "a"), "2");
}

TEST_P(StoreConformance, a_batch_spans_tables) {
  WriteBatch batch;
  batch.put(Table::events, "e", "event");
  batch.put(Table::bodies, "b", "body");
  batch.erase(Table::meta, "never there");
  write(batch);
  EXPECT_EQ(get(Table::events, "e"), "event");
  EXPECT_EQ(get(Table::bodies, "b"), "body");
}

TEST_P(StoreConformance, an_empty_batch_changes_nothing) {
  put(Table::meta, "key", "value");
  write(WriteBatch());
  EXPECT_EQ(get(Table::meta, "key"), "value");
}

TEST_P(StoreConformance, erases_a_range_without_its_end) {
  put_letters(Table::fates, "abcde");
  put_letters(Table::events, "abcde");
  WriteBatch batch;
  batch.erase_range(Table::fates, "b", "d");
  write(batch);
  EXPECT_EQ(scan_keys(Table::fates, "a", "z"), "ade");
  EXPECT_EQ(get(Table::fates, "c"), std::nullopt);
  EXPECT_EQ(scan_keys(Table::events, "a", "z"), "abcde");
}

TEST_P(StoreConformance, a_row_written_after_its_range_was_erased_is_there) {
  put_letters(Table::fates, "abc");
  WriteBatch batch;
  batch.erase_range(Table::fates, "a", "z");
  write(batch);
  put(Table::fates, "b", "again");
  EXPECT_EQ(scan_keys(Table::fates, "", "z"), "b");
}

TEST_P(StoreConformance, scans_from_the_lower_bound_to_before_the_upper) {
  put_letters(Table::due, "bdfh");
  EXPECT_EQ(scan_keys(Table::due, "b", "h"), "bdf");
  EXPECT_EQ(scan_keys(Table::due, "a", "g"), "bdf");
  EXPECT_EQ(scan_keys(Table::due, "c", "e"), "d");
  EXPECT_EQ(scan_keys(Table::due, "", "\xff"), "bdfh");
  EXPECT_EQ(scan_keys(Table::due, "e", "f"), "");
  EXPECT_EQ(scan_keys(Table::due, "x", "z"), "");
}

TEST_P(StoreConformance, scans_backward_over_the_same_rows) {
  put_letters(Table::due, "bdfh");
  EXPECT_EQ(scan_keys(Table::due, "b", "h", Direction::backward), "fdb");
  EXPECT_EQ(scan_keys(Table::due, "a", "g", Direction::backward), "fdb");
  EXPECT_EQ(scan_keys(Table::due, "", "\xff", Direction::backward), "hfdb");
  EXPECT_EQ(scan_keys(Table::due, "e", "f", Direction::backward), "");
}

TEST_P(StoreConformance, an_empty_or_reversed_range_has_no_rows) {
  put_letters(Table::due, "abc");
  EXPECT_EQ(scan_keys(Table::due, "b", "b"), "");
  EXPECT_EQ(scan_keys(Table::due, "c", "a"), "");
  EXPECT_EQ(scan_keys(Table::due, "c", "a", Direction::backward), "");
}

TEST_P(StoreConformance, a_scan_ends_when_the_visitor_has_enough) {
  put_letters(Table::due, "abcdef");
  EXPECT_EQ(scan_keys(*store_, Table::due, "b", "z", Direction::forward, 2), "bc");
  EXPECT_EQ(scan_keys(*store_, Table::due, "b", "z", Direction::backward, 1), "f");
}

TEST_P(StoreConformance, a_view_does_not_see_later_writes) {
  put_letters(Table::events, "abc");
  const auto view = store_->view();
  put(Table::events, "a", "changed");
  put(Table::events, "d", "new");
  WriteBatch batch;
  batch.erase_range(Table::events, "b", "c");
  write(batch);
  EXPECT_EQ(get(*view, Table::events, "a"), "value");
  EXPECT_EQ(get(*view, Table::events, "d"), std::nullopt);
  EXPECT_EQ(scan_keys(*view, Table::events, "", "z", Direction::forward, 10), "abc");
  EXPECT_EQ(scan_keys(*view, Table::events, "", "z", Direction::backward, 10), "cba");
  EXPECT_EQ(scan_keys(Table::events, "", "z"), "acd");
}

TEST_P(StoreConformance, holds_values_of_megabytes) {
  std::string body(5 * 1024 * 1024, '\0');
  core::SeededRandom random(1);
  for (char& byte : body) {
    byte = static_cast<char>(random.next());
  }
  put(Table::bodies, "big", body);
  EXPECT_EQ(get(Table::bodies, "big"), body);
}

TEST_P(StoreConformance, holds_empty_values_and_an_empty_key) {
  put(Table::due, "key", "");
  put(Table::due, "", "under the empty key");
  EXPECT_EQ(get(Table::due, "key"), "");
  EXPECT_EQ(get(Table::due, ""), "under the empty key");
  EXPECT_EQ(scan_keys(Table::due, "", "z"), "key");
}

TEST_P(StoreConformance, orders_keys_as_unsigned_bytes) {
  using namespace std::string_literals;
  const std::vector<std::string> keys = {"\0"s,   "\0\0"s, "\0\1"s, "\x01"s,
                                         "\x7f"s, "\x80"s, "\xff"s, "\xff\0"s};
  WriteBatch batch;
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
    batch.put(Table::deliveries, *key, *key);
  }
  write(batch);
  std::vector<std::string> seen;
  const auto scanned = store_->scan(Table::deliveries, ""s, "\xff\xff"s, Direction::forward,
                                    [&](std::string_view key, std::string_view value) {
                                      EXPECT_EQ(key, value);
                                      seen.emplace_back(key);
                                      return true;
                                    });
  EXPECT_TRUE(scanned.has_value());
  EXPECT_EQ(seen, keys);
}

TEST_P(StoreConformance, reports_no_claim_of_its_own_run) {
  put(Table::meta, "key", "value");
  EXPECT_EQ(store_->claimed_synced(), 0U);
}

INSTANTIATE_TEST_SUITE_P(stores, StoreConformance, testing::Values(Kind::memory, Kind::rocksdb),
                         [](const auto& info) {
                           return info.param == Kind::memory ? "memory" : "rocksdb";
                         });

// What only a store on disk can show.

class RocksdbStoreTest : public testing::Test {
 protected:
  TemporaryDirectory directory_;
};

TEST_F(RocksdbStoreTest, a_reopened_store_holds_everything_synced) {
  {
    const auto store = open_rocksdb(directory_.path());
    for (std::uint64_t commit = 1; commit <= 100; ++commit) {
      WriteBatch batch;
      for (std::size_t table = 0; table < kTables; ++table) {
        batch.put(static_cast<Table>(table), std::to_string(commit), std::string(100, 'v'));
      }
      batch.erase(Table::due, std::to_string(commit - 1));
      ASSERT_TRUE(store->write(batch, {commit, commit - 1}).has_value());
      ASSERT_TRUE(store->sync().has_value());
    }
  }
  const auto store = open_rocksdb(directory_.path());
  for (std::uint64_t commit = 1; commit <= 100; ++commit) {
    EXPECT_EQ(store->get(Table::bodies, std::to_string(commit)), std::string(100, 'v'));
    EXPECT_EQ(store->get(Table::due, std::to_string(commit))->has_value(), commit == 100);
  }
  EXPECT_EQ(store->claimed_synced(), 99U);
}

TEST_F(RocksdbStoreTest, a_claim_is_still_known_after_its_log_was_deleted) {
  for (std::uint64_t claim : {7U, 3U, 0U}) {
    const auto store = open_rocksdb(directory_.path());
    WriteBatch batch;
    batch.put(Table::meta, "key", "value");
    ASSERT_TRUE(store->write(batch, {claim + 1, claim}).has_value());
    ASSERT_TRUE(store->sync().has_value());
  }
  EXPECT_EQ(open_rocksdb(directory_.path())->claimed_synced(), 7U);
}

TEST_F(RocksdbStoreTest, a_directory_belongs_to_one_store_at_a_time) {
  const auto first = open_rocksdb(directory_.path());
  const auto second = RocksdbStore::open({.directory = directory_.path()});
  ASSERT_FALSE(second.has_value());
  EXPECT_NE(second.error().message.find("another process uses it"), std::string::npos)
      << second.error().message;
}

TEST_F(RocksdbStoreTest, names_a_missing_parent) {
  const auto opened = RocksdbStore::open({.directory = directory_.path() / "missing" / "data"});
  ASSERT_FALSE(opened.has_value());
  EXPECT_NE(opened.error().message.find("make its parent"), std::string::npos)
      << opened.error().message;
}

TEST_F(RocksdbStoreTest, makes_its_own_directory) {
  EXPECT_NE(open_rocksdb(directory_.path() / "data"), nullptr);
}

TEST_F(RocksdbStoreTest, refuses_to_start_empty_beside_data_whose_catalogue_is_lost) {
  open_rocksdb(directory_.path());
  std::filesystem::remove(directory_.path() / "CURRENT");
  const auto opened = RocksdbStore::open({.directory = directory_.path()});
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, core::ErrorCode::corrupt);
  EXPECT_NE(opened.error().message.find("CURRENT"), std::string::npos);
}

TEST_F(RocksdbStoreTest, a_view_stays_whole_while_its_rows_are_reclaimed) {
  RocksdbOptions options;
  options.directory = directory_.path();
  options.memtable_bytes_max = std::size_t{1} << 20;  // so that the rows lie in files
  options.log_bytes_max = std::size_t{2} << 20;
  auto opened = RocksdbStore::open(options);
  ASSERT_TRUE(opened) << opened.error().message;
  const auto store = *std::move(opened);
  const std::string value(64 * 1024, 'v');
  const auto key = [](int number) { return "k" + std::to_string(1000 + number); };
  constexpr int kRows = 400;
  std::uint64_t commit = 0;
  for (int row = 0; row < kRows; ++row) {
    WriteBatch batch;
    batch.put(Table::bodies, key(row), value);
    ++commit;
    ASSERT_TRUE(store->write(batch, {commit, commit}));
  }
  ASSERT_TRUE(store->sync());
  auto view = store->view();
  WriteBatch erasure;
  erasure.erase_range(Table::bodies, key(0), key(kRows));
  ASSERT_TRUE(store->write(erasure, {commit + 1, commit}));
  store->reclaim(Table::bodies, key(0), key(kRows));
  for (int row = 0; row < kRows; ++row) {
    const auto seen = view->get(Table::bodies, key(row));
    ASSERT_TRUE(seen);
    ASSERT_TRUE(*seen) << key(row);
  }
  view.reset();
  store->reclaim(Table::bodies, key(0), key(kRows));
  EXPECT_FALSE(*store->get(Table::bodies, key(7)));
}

TEST_F(RocksdbStoreTest, gives_space_back_soon_after_a_range_was_erased) {
  constexpr std::uint64_t kBodies = 60'000;
  const auto store = open_rocksdb(directory_.path());
  core::SeededRandom random(1);
  const auto key = [](std::uint64_t number) {
    std::string made = "\x80";
    for (int shift = 48; shift >= 0; shift -= 8) {
      made.push_back(static_cast<char>(number >> shift));
    }
    return made;
  };
  std::string body;
  for (std::uint64_t number = 0; number < kBodies; ++number) {
    body.clear();
    while (body.size() < 8000) {
      const std::uint64_t bits = random.next();  // does not compress
      body.append(reinterpret_cast<const char*>(&bits), sizeof bits);
    }
    WriteBatch batch;
    batch.put(Table::bodies, key(number), body);
    ASSERT_TRUE(store->write(batch, {number, number}).has_value());
  }
  ASSERT_TRUE(store->sync().has_value());
  const std::uint64_t before = store->disk_bytes();
  EXPECT_GT(before, kBodies * 8000);

  WriteBatch batch;
  batch.erase_range(Table::bodies, key(0), key(kBodies - 1));
  ASSERT_TRUE(store->write(batch, {kBodies + 1, kBodies}).has_value());
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (store->disk_bytes() > before / 2 && std::chrono::steady_clock::now() < give_up) {
    store->reclaim(Table::bodies, key(0), key(kBodies - 1));
    std::this_thread::yield();
  }
  EXPECT_LE(store->disk_bytes(), before / 2);
  EXPECT_EQ(store->get(Table::bodies, key(0)), std::nullopt);
  EXPECT_EQ(store->get(Table::bodies, key(kBodies - 1)), body);
}

}  // namespace
}  // namespace spillway::journal
