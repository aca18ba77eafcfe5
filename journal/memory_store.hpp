// MemoryStore: the Store of the simulation and of unit tests. It knows synced from unsynced: a
// crash loses the batches since the last sync, or keeps a prefix of them, and writes and syncs can
// be made to fail. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "journal/store.hpp"

namespace spillway::journal {

class MemoryStore final : public Store {
 public:
  core::Result<void> write(const WriteBatch& batch, CommitMark mark) override;
  core::Result<void> sync() override;
  [[nodiscard]] std::unique_ptr<View> view() const override;
  [[nodiscard]] core::Result<std::optional<std::string>> get(Table table,
                                                             std::string_view key) const override;
  core::Result<void> scan(Table table, std::string_view from, std::string_view to,
                          Direction direction, const ScanVisitor& visitor) const override;
  [[nodiscard]] std::uint64_t disk_bytes() const override;
  [[nodiscard]] std::uint64_t rewrite_bytes() const override { return 0; }
  void reclaim(Table, std::string_view, std::string_view) override {}
  [[nodiscard]] std::uint64_t claimed_synced() const override { return claimed_synced_; }

  // The node died: of the batches since the last sync, the first `surviving` are still there.
  void crash(std::size_t surviving);
  [[nodiscard]] std::size_t unsynced_batches() const { return unsynced_.size(); }

  // The next write or sync returns this error and changes nothing.
  void fail_next_write(core::Error error) { write_error_ = std::move(error); }
  void fail_next_sync(core::Error error) { sync_error_ = std::move(error); }

  // Another store with the same contents, as an independent copy.
  [[nodiscard]] std::unique_ptr<MemoryStore> copy() const;

 private:
  using Rows = std::map<std::string, std::string, std::less<>>;
  using Tables = std::array<Rows, kTables>;
  class Frozen;

  static void apply(Tables& tables, const WriteBatch& batch);
  static core::Result<void> scan_rows(const Rows& rows, std::string_view from, std::string_view to,
                                      Direction direction, const ScanVisitor& visitor);

  // What is about to change, apart from what views still hold.
  Tables& own_current();

  std::shared_ptr<Tables> current_ = std::make_shared<Tables>();  // shared with views
  Tables durable_;
  std::vector<std::pair<WriteBatch, CommitMark>> unsynced_;
  std::uint64_t claimed_synced_ = 0;
  std::optional<core::Error> write_error_;
  std::optional<core::Error> sync_error_;
};

}  // namespace spillway::journal
