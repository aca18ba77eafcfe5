// Looking up idempotency keys: in the store, day by day, before a command is handed in; and among
// the keys committed since, which the committer remembers (docs/correctness.md 6).
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "journal/records.hpp"
#include "journal/store.hpp"

namespace spillway::journal {

struct DedupKey {
  SourceNumber source = 0;
  core::Digest128 hash{};

  auto operator<=>(const DedupKey&) const = default;
};

inline constexpr std::uint32_t kHoursPerDay = 24;
[[nodiscard]] std::uint32_t day_of(core::Time time);

// The unexpired entries under the key; empty if there are none. Any thread.
core::Result<DedupRecord> find_key(const Readable& store, const DedupKey& key,
                                   core::Duration window, core::Time now);

// The keys of the latest commits. Committer's thread.
class RecentKeys {
 public:
  // Everything committed after this commit is remembered.
  [[nodiscard]] bool covers(std::uint64_t commit) const { return commit >= forgotten_up_to_; }
  [[nodiscard]] std::optional<DedupRecord> find(const DedupKey& key) const;

  void remember(std::uint64_t commit, const DedupKey& key, DedupRecord record);
  // After a restart nothing before this commit is remembered.
  void start_at(std::uint64_t commit) { forgotten_up_to_ = commit; }

 private:
  struct Remembered {
    std::uint64_t commit = 0;
    DedupRecord record;
  };
  std::map<DedupKey, Remembered> keys_;
  std::deque<std::pair<std::uint64_t, DedupKey>> in_order_;
  std::uint64_t forgotten_up_to_ = 0;
};

}  // namespace spillway::journal
