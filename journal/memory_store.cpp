#include "journal/memory_store.hpp"

#include <algorithm>
#include <utility>

namespace spillway::journal {

class MemoryStore::Frozen final : public View {
 public:
  explicit Frozen(std::shared_ptr<const Tables> tables) : tables_(std::move(tables)) {}

  [[nodiscard]] core::Result<std::optional<std::string>> get(Table table,
                                                             std::string_view key) const override {
    const Rows& rows = (*tables_)[static_cast<std::size_t>(table)];
    const auto found = rows.find(key);
    return found == rows.end() ? std::nullopt : std::optional(found->second);
  }

  core::Result<void> scan(Table table, std::string_view from, std::string_view to,
                          Direction direction, const ScanVisitor& visitor) const override {
    return scan_rows((*tables_)[static_cast<std::size_t>(table)], from, to, direction, visitor);
  }

 private:
  std::shared_ptr<const Tables> tables_;
};

MemoryStore::Tables& MemoryStore::own_current() {
  if (current_.use_count() > 1) {
    current_ = std::make_shared<Tables>(*current_);
  }
  return *current_;
}

void MemoryStore::apply(Tables& tables, const WriteBatch& batch) {
  struct Applier {
    Tables& tables;
    void put(Table table, std::string_view key, std::string_view value) {
      tables[static_cast<std::size_t>(table)].insert_or_assign(std::string(key),
                                                               std::string(value));
    }
    void erase(Table table, std::string_view key) {
      Rows& rows = tables[static_cast<std::size_t>(table)];
      if (const auto found = rows.find(key); found != rows.end()) {
        rows.erase(found);
      }
    }
    void erase_range(Table table, std::string_view from, std::string_view to) {
      Rows& rows = tables[static_cast<std::size_t>(table)];
      rows.erase(rows.lower_bound(from), rows.lower_bound(to));
    }
  };
  batch.visit(Applier{tables});
}

core::Result<void> MemoryStore::write(const WriteBatch& batch, CommitMark mark) {
  if (write_error_) {
    return std::unexpected(*std::exchange(write_error_, std::nullopt));
  }
  apply(own_current(), batch);
  unsynced_.emplace_back(batch, mark);
  return {};
}

core::Result<void> MemoryStore::sync() {
  if (sync_error_) {
    return std::unexpected(*std::exchange(sync_error_, std::nullopt));
  }
  for (const auto& [batch, mark] : unsynced_) {
    apply(durable_, batch);
    claimed_synced_ = std::max(claimed_synced_, mark.synced);
  }
  unsynced_.clear();
  return {};
}

void MemoryStore::crash(std::size_t surviving) {
  unsynced_.resize(std::min(surviving, unsynced_.size()));
  for (const auto& [batch, mark] : unsynced_) {
    apply(durable_, batch);
    claimed_synced_ = std::max(claimed_synced_, mark.synced);
  }
  unsynced_.clear();
  current_ = std::make_shared<Tables>(durable_);
  write_error_.reset();
  sync_error_.reset();
}

std::unique_ptr<View> MemoryStore::view() const {
  return std::make_unique<Frozen>(current_);
}

core::Result<std::optional<std::string>> MemoryStore::get(Table table, std::string_view key) const {
  const Rows& rows = (*current_)[static_cast<std::size_t>(table)];
  const auto found = rows.find(key);
  return found == rows.end() ? std::nullopt : std::optional(found->second);
}

core::Result<void> MemoryStore::scan(Table table, std::string_view from, std::string_view to,
                                     Direction direction, const ScanVisitor& visitor) const {
  return scan_rows((*current_)[static_cast<std::size_t>(table)], from, to, direction, visitor);
}

core::Result<void> MemoryStore::scan_rows(const Rows& rows, std::string_view from,
                                          std::string_view to, Direction direction,
                                          const ScanVisitor& visitor) {
  if (from >= to) {
    return {};
  }
  const auto first = rows.lower_bound(from);
  const auto last = rows.lower_bound(to);
  if (direction == Direction::forward) {
    for (auto row = first; row != last; ++row) {
      if (!visitor(row->first, row->second)) {
        break;
      }
    }
  } else {
    for (auto row = last; row != first;) {
      --row;
      if (!visitor(row->first, row->second)) {
        break;
      }
    }
  }
  return {};
}

std::uint64_t MemoryStore::disk_bytes() const {
  std::uint64_t bytes = 0;
  for (const Rows& rows : *current_) {
    for (const auto& [key, value] : rows) {
      bytes += key.size() + value.size();
    }
  }
  return bytes;
}

std::unique_ptr<MemoryStore> MemoryStore::copy() const {
  auto made = std::make_unique<MemoryStore>();
  made->current_ = std::make_shared<Tables>(*current_);
  made->durable_ = durable_;
  made->unsynced_ = unsynced_;
  made->claimed_synced_ = claimed_synced_;
  return made;
}

}  // namespace spillway::journal
