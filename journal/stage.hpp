// Stage: the state of the journal as one batch would leave it. Commands read through it and change
// through it; every change of a delivery goes through change(), which keeps record, due index,
// order, fates and books together. Lives for one batch on the committer's thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "journal/books.hpp"
#include "journal/dedup_index.hpp"
#include "journal/keys.hpp"
#include "journal/order_index.hpp"
#include "journal/records.hpp"
#include "journal/store.hpp"

namespace spillway::journal {

struct NamedDestination {
  std::string name;
  DestinationRecord record;
};

// The dedup keys of one source and day.
struct DedupAccount {
  std::uint32_t day = 0;
  SourceNumber source = 0;

  auto operator<=>(const DedupAccount&) const = default;
};

// What the Writer knows in memory: all of it is in the store as well.
struct WriterState {
  CommitRecord commit;
  std::map<std::string, SourceNumber, std::less<>> sources;
  std::map<DestinationNumber, NamedDestination> destinations;
  std::map<std::string, DestinationNumber, std::less<>> destination_numbers;
  std::map<Slice, Sequence> slices;                  // live slices and their first sequence
  std::map<DedupAccount, std::uint64_t> dedup_keys;  // how many are stored
  RecentKeys recent_keys;
  OrderFloors order_floors;
  Books books;
  bool has_peers = false;
};

class Stage {
 public:
  Stage(const Store& store, WriterState& state, core::Time now);

  [[nodiscard]] core::Time now() const { return now_; }
  [[nodiscard]] const Store& store() const { return *store_; }

  // --- reading: what was staged before in this batch is seen ---
  core::Result<std::optional<DeliveryRecord>> find(DeliveryRef ref) const;
  core::Result<std::vector<std::pair<DeliveryRef, DeliveryRecord>>> deliveries_of(
      Sequence sequence) const;
  [[nodiscard]] const NamedDestination* destination(DestinationNumber number) const;
  [[nodiscard]] std::optional<DestinationNumber> destination_number(std::string_view name) const;
  [[nodiscard]] std::optional<SourceNumber> source(std::string_view name) const;
  [[nodiscard]] Region region(Sequence sequence) const;
  [[nodiscard]] const CommitRecord& commit() const { return commit_; }
  [[nodiscard]] std::map<Slice, Sequence> slices() const;
  [[nodiscard]] const std::map<DedupAccount, std::uint64_t>& dedup_keys() const {
    return state_->dedup_keys;  // as of the last batch
  }
  // Unexpired entries of the key; `as_of` and `found` are an earlier look-up by the caller.
  core::Result<DedupRecord> find_key(const DedupKey& key, core::Duration window,
                                     std::uint64_t as_of, const DedupRecord& found) const;

  // The newest version seen of an ordering key, if it is remembered.
  core::Result<std::optional<VersionRecord>> find_version(OrderingKey key) const;
  // The one version of an ordering key that waits, if any does.
  core::Result<std::optional<VersionRecord>> find_waiting_version(OrderingKey key) const;
  [[nodiscard]] const OrderIndex& order() const { return order_; }

  // --- changing ---
  // The next sequence, in the slice of this batch.
  Sequence take_sequence();
  [[nodiscard]] Slice slice() const { return commit_.slice; }
  void put(Table table, std::string_view key, std::string_view value);
  void erase(Table table, std::string_view key);
  void erase_range(Table table, std::string_view from, std::string_view to);
  void open(DeliveryRef ref, const DeliveryRecord& record);
  void change(DeliveryRef ref, const DeliveryRecord& before, const DeliveryRecord& after);
  // The delivery leaves indexes and accounts for good, counted as retired in its final state. Its
  // record goes with its range, or by forget().
  void retire(DeliveryRef ref, const DeliveryRecord& before, core::DeliveryState final_state);
  // Erases the record of a retired delivery.
  void forget(DeliveryRef ref);
  void set_key(const DedupKey& key, DedupRecord record);
  // A position behind all others, for a delivery about to be opened with an order.
  std::uint64_t take_position() { return order_.take_position(); }
  void set_version(OrderingKey key, VersionRecord record);
  // The other nodes, if there may be any, hear of it: it is kept until they have been told.
  void notify(const NoticeRecord& notice);
  void set_destination(NamedDestination destination);
  DestinationNumber add_destination(std::string_view name);
  SourceNumber add_source(std::string_view name);
  void set_slice_start(Slice slice, Sequence first_sequence);
  void forget_slice(Slice slice);
  void forget_keys(DedupAccount account);
  void set_retired_below(Sequence sequence) { commit_.retired_below = sequence; }
  void reclaim_after_commit(Table table, std::string from, std::string to);

 private:
  friend class Writer;
  struct Range {
    Table table;
    std::string from;
    std::string to;
  };
  // Adds what is written once per batch.
  void finish();
  void put_record(DeliveryRef ref, const DeliveryRecord& record);
  void index(DeliveryRef ref, const DeliveryRecord* before, const DeliveryRecord* after);
  void index_order(DeliveryRef ref, const DeliveryRecord* before, const DeliveryRecord* after);
  // Where it had a copy in the accepted topic and has none any more, that is to be told.
  void end_copy(DeliveryRef ref, const DeliveryRecord& before, const DeliveryRecord* after);
  void set_waiting_version(OrderingKey key, std::optional<VersionRecord> record);

  const Store* store_;
  WriterState* state_;
  core::Time now_;
  CommitRecord commit_;
  WriteBatch batch_;
  BookChanges book_changes_;
  std::map<DeliveryRef, std::optional<DeliveryRecord>> records_;  // staged; empty: forgotten
  OrderIndex order_;
  std::map<DedupKey, DedupRecord> keys_;
  using OwnedKey = std::pair<DestinationNumber, std::string>;
  std::map<OwnedKey, VersionRecord> versions_;
  std::map<OwnedKey, std::optional<VersionRecord>> waiting_versions_;  // empty: none waits
  std::map<DestinationNumber, NamedDestination> destinations_;
  std::map<std::string, DestinationNumber, std::less<>> destination_numbers_;
  std::map<std::string, SourceNumber, std::less<>> sources_;
  std::map<Slice, std::optional<Sequence>> slices_;  // empty: forgotten
  std::map<DedupAccount, std::uint64_t> dedup_keys_;
  std::vector<Range> to_reclaim_;
  std::uint64_t notices_ = 0;
};

}  // namespace spillway::journal
