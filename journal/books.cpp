#include "journal/books.hpp"

#include <fmt/format.h>

#include <string>

#include "journal/keys.hpp"

namespace spillway::journal {
namespace {

constexpr std::size_t kRecentAccountsMax = 65'536;

bool covers(std::uint64_t count, std::int64_t delta) {
  return delta >= 0 || count >= static_cast<std::uint64_t>(-delta);
}

}  // namespace

void BookChanges::open(AccountKey account, core::DeliveryState state) {
  Delta& delta = deltas_[account];
  ++delta.accepted;
  ++delta.by_state[static_cast<std::size_t>(state)];
}

void BookChanges::move(AccountKey from_account, core::DeliveryState from, AccountKey to_account,
                       core::DeliveryState to) {
  Delta& left = deltas_[from_account];
  --left.accepted;
  --left.by_state[static_cast<std::size_t>(from)];
  Delta& right = deltas_[to_account];
  ++right.accepted;
  ++right.by_state[static_cast<std::size_t>(to)];
}

bool BookChanges::Delta::fits(const Counts& counts) const {
  bool fits = covers(counts.accepted, accepted);
  for (std::size_t i = 0; i < by_state.size(); ++i) {
    fits = fits && covers(counts.by_state[i], by_state[i]);
  }
  return fits;
}

void BookChanges::Delta::add_to(Counts& counts) const {
  counts.accepted += static_cast<std::uint64_t>(accepted);
  for (std::size_t i = 0; i < by_state.size(); ++i) {
    counts.by_state[i] += static_cast<std::uint64_t>(by_state[i]);
  }
}

core::Result<void> Books::load(const Readable& store) {
  recent_.clear();
  const std::lock_guard lock(totals_mutex_);
  totals_.clear();
  stored_ = {};
  core::Result<void> outcome;
  const auto scanned = store.scan(Table::counters, {}, keys::after({}), Direction::forward,
                                  [&](std::string_view key, std::string_view value) {
                                    const auto parsed = keys::parse_counters(key);
                                    const auto counts = Counts::decode(value);
                                    if (!parsed || !counts) {
                                      outcome = core::fail(core::ErrorCode::corrupt,
                                                           "a stored counter does not decode");
                                      return false;
                                    }
                                    totals_[parsed->destination] += *counts;
                                    if (parsed->slice != kRetiredSlice) {
                                      stored_ += *counts;
                                    }
                                    return true;
                                  });
  return scanned ? outcome : scanned;
}

core::Result<Counts> Books::account(const Readable& store, AccountKey key) const {
  if (const auto found = recent_.find(key); found != recent_.end()) {
    return found->second;
  }
  const auto stored = store.get(Table::counters, keys::counters(key.first, key.second));
  if (!stored) {
    return std::unexpected(stored.error());
  }
  return *stored ? Counts::decode(**stored) : Counts{};
}

core::Result<Books::Accounts> Books::stage(const Readable& store, const BookChanges& changes,
                                           WriteBatch& batch) const {
  Accounts staged;
  for (const auto& [key, delta] : changes.deltas_) {
    auto counts = account(store, key);
    if (!counts) {
      return std::unexpected(counts.error());
    }
    if (!delta.fits(*counts)) {
      return core::fail(
          core::ErrorCode::corrupt,
          fmt::format("the stored counters of destination {}, slice {} are damaged: fewer "
                      "deliveries are counted than change now. Stop the node and see what "
                      "`spillway audit --data-dir` says",
                      key.second, key.first));
    }
    delta.add_to(*counts);
    const std::string stored_key = keys::counters(key.first, key.second);
    if (*counts == Counts{}) {
      batch.erase(Table::counters, stored_key);
    } else {
      batch.put(Table::counters, stored_key, counts->encode());
    }
    staged.emplace(key, *counts);
  }
  return staged;
}

void Books::adopt(const BookChanges& changes, const Accounts& staged) {
  if (recent_.size() > kRecentAccountsMax) {
    recent_.clear();
  }
  for (const auto& [key, counts] : staged) {
    recent_[key] = counts;
  }
  const std::lock_guard lock(totals_mutex_);
  for (const auto& [key, delta] : changes.deltas_) {
    delta.add_to(totals_[key.second]);
    if (key.first != kRetiredSlice) {
      delta.add_to(stored_);
    }
  }
}

Counts Books::stored() const {
  const std::lock_guard lock(totals_mutex_);
  return stored_;
}

Books::Totals Books::totals() const {
  const std::lock_guard lock(totals_mutex_);
  return totals_;
}

Counts sum_of(const Books::Totals& totals) {
  Counts all;
  for (const auto& [destination, counts] : totals) {
    all += counts;
  }
  return all;
}

}  // namespace spillway::journal
