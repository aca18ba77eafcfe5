// The store port: an ordered, transactional key-value store with tables, below everything the
// journal decides. Two implementations pass one conformance suite: RocksDB (journal_rocksdb) and
// MemoryStore (simulation). Keys and values: docs/journal-format.md.
//
// write() and sync() are called by the committer alone; reads from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace spillway::journal {

enum class Table : std::uint8_t {
  meta,
  events,
  bodies,
  ids,
  deliveries,
  due,
  handed,
  order,
  fates,
  attempts,
  dedup,
  versions,
  counters,
};
inline constexpr std::size_t kTables = 13;
[[nodiscard]] std::string_view to_string(Table table);

// A list of changes that happen together or not at all, in order.
class WriteBatch {
 public:
  void put(Table table, std::string_view key, std::string_view value);
  void erase(Table table, std::string_view key);
  void erase_range(Table table, std::string_view from, std::string_view to);  // [from, to)

  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] std::size_t byte_size() const { return bytes_.size(); }

  // Calls the visitor's put/erase/erase_range for each change, in order.
  template <class Visitor>
  void visit(Visitor&& visitor) const;

 private:
  enum class Kind : std::uint8_t { put, erase, erase_range };
  struct Change {
    Kind kind;
    Table table;
    std::string_view first;
    std::string_view second;
  };
  void append(Kind kind, Table table, std::string_view first, std::string_view second);
  static Change read(std::string_view& rest);

  std::string bytes_;
};

// Told to the store with each batch, kept in its log beside it: what recovery needs to know that
// nothing acknowledged is missing.
struct CommitMark {
  std::uint64_t commit = 0;  // the number of this batch
  std::uint64_t synced = 0;  // the highest commit known to be synced before it
};

enum class Direction { forward, backward };

// A key-value pair seen by a scan; valid until the visitor returns. False ends the scan.
using ScanVisitor = std::function<bool(std::string_view key, std::string_view value)>;

// Something to read from: the store itself (latest state) or a View of it.
class Readable {
 public:
  virtual ~Readable() = default;

  [[nodiscard]] virtual core::Result<std::optional<std::string>> get(
      Table table, std::string_view key) const = 0;

  // Visits the keys in [from, to), ascending or descending.
  virtual core::Result<void> scan(Table table, std::string_view from, std::string_view to,
                                  Direction direction, const ScanVisitor& visitor) const = 0;
};

// A frozen state of the whole store. Must not outlive it, and should not live for minutes.
using View = Readable;

class Store : public Readable {
 public:
  // Applies the batch. It is visible at once and durable after the next sync(). May refuse with
  // ErrorCode::unavailable (write stall: nothing was applied, try again), out_of_space or io.
  virtual core::Result<void> write(const WriteBatch& batch, CommitMark mark) = 0;

  // Everything written so far is durable when this returns. After an error nothing may be assumed
  // and the process must stop.
  virtual core::Result<void> sync() = 0;

  [[nodiscard]] virtual std::unique_ptr<View> view() const = 0;

  // Bytes on disk: live data, logs and files not yet deleted.
  [[nodiscard]] virtual std::uint64_t disk_bytes() const = 0;

  // Of those, the bytes that the store is about to rewrite: for a while they stand there twice.
  [[nodiscard]] virtual std::uint64_t rewrite_bytes() const = 0;

  // A hint that [from, to) of the table has been erased and its space should come back.
  virtual void reclaim(Table table, std::string_view from, std::string_view to) = 0;

  // The highest `synced` claimed by any intact log record found when the store was opened.
  [[nodiscard]] virtual std::uint64_t claimed_synced() const = 0;
};

template <class Visitor>
void WriteBatch::visit(Visitor&& visitor) const {
  std::string_view rest = bytes_;
  while (!rest.empty()) {
    const Change change = read(rest);
    switch (change.kind) {
      case Kind::put:
        visitor.put(change.table, change.first, change.second);
        break;
      case Kind::erase:
        visitor.erase(change.table, change.first);
        break;
      case Kind::erase_range:
        visitor.erase_range(change.table, change.first, change.second);
        break;
    }
  }
}

}  // namespace spillway::journal
