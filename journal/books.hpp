// The books: how many deliveries each destination has in each state, per slice, changed only in
// the batch that changes the deliveries themselves (docs/correctness.md 3). Owned by the Writer,
// used on the committer's thread except where it says otherwise.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "core/error.hpp"
#include "journal/records.hpp"
#include "journal/store.hpp"

namespace spillway::journal {

using AccountKey = std::pair<Slice, DestinationNumber>;

// What one batch changes, not yet part of the books.
class BookChanges {
 public:
  // A delivery that did not exist before.
  void open(AccountKey account, core::DeliveryState state);
  // A delivery whose state, or slice, changes.
  void move(AccountKey from_account, core::DeliveryState from, AccountKey to_account,
            core::DeliveryState to);

 private:
  friend class Books;
  struct Delta {
    std::int64_t accepted = 0;
    std::array<std::int64_t, core::kDeliveryStates> by_state{};

    // Would no count fall below zero?
    [[nodiscard]] bool fits(const Counts& counts) const;
    void add_to(Counts& counts) const;
  };
  std::map<AccountKey, Delta> deltas_;
};

class Books {
 public:
  using Accounts = std::map<AccountKey, Counts>;
  using Totals = std::unordered_map<DestinationNumber, Counts>;

  // Reads all accounts once, to know each destination's totals.
  core::Result<void> load(const Readable& store);

  // Adds the new values of the changed accounts to the batch and returns them for adopt(). Fails
  // when a stored account cannot be true.
  core::Result<Accounts> stage(const Readable& store, const BookChanges& changes,
                               WriteBatch& batch) const;

  // The batch was written: what was staged is the truth now.
  void adopt(const BookChanges& changes, const Accounts& staged);

  // Sums over all slices, kept and retired included. Any thread.
  [[nodiscard]] Totals totals() const;
  // All destinations together, without what has been retired: what still takes space. Any thread.
  [[nodiscard]] Counts stored() const;

 private:
  core::Result<Counts> account(const Readable& store, AccountKey key) const;

  // Accounts touched lately, written through; emptied when it has grown too large.
  std::map<AccountKey, Counts> recent_;
  mutable std::mutex totals_mutex_;  // the committer writes once per batch, operators read
  Totals totals_;
  Counts stored_;
};

[[nodiscard]] Counts sum_of(const Books::Totals& totals);

}  // namespace spillway::journal
