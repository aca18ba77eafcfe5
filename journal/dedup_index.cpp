#include "journal/dedup_index.hpp"

#include <algorithm>
#include <chrono>

#include "journal/keys.hpp"

namespace spillway::journal {
namespace {

constexpr std::size_t kRememberedMax = 16'384;

// The day that new keys are stored under. It never goes back, so it lies ahead of today when the
// clock was set back while the node was down.
core::Result<std::uint32_t> storing_day(const Readable& store) {
  const auto stored = store.get(Table::meta, keys::kCommit);
  if (!stored) {
    return std::unexpected(stored.error());
  }
  if (!*stored) {
    return 0;
  }
  const auto commit = CommitRecord::decode(**stored);
  if (!commit) {
    return std::unexpected(commit.error());
  }
  return commit->slice / kHoursPerDay;
}

}  // namespace

std::uint32_t day_of(core::Time time) {
  return static_cast<std::uint32_t>(
      std::chrono::floor<std::chrono::days>(time).time_since_epoch().count());
}

core::Result<DedupRecord> find_key(const Readable& store, const DedupKey& key,
                                   core::Duration window, core::Time now) {
  const auto storing = storing_day(store);
  if (!storing) {
    return std::unexpected(storing.error());
  }
  const std::uint32_t newest = std::max(day_of(now), *storing);
  const std::uint32_t oldest = day_of(now - window);
  // The newest record holds all that had not expired when it was written; by a clock that has been
  // set back since, older ones hold more.
  DedupRecord found;
  for (std::uint32_t day = newest; day + 1 > oldest; --day) {
    const auto stored = store.get(Table::dedup, keys::dedup(day, key.source, key.hash));
    if (!stored) {
      return std::unexpected(stored.error());
    }
    if (!*stored) {
      continue;
    }
    const auto record = DedupRecord::decode(**stored);
    if (!record) {
      return std::unexpected(record.error());
    }
    for (const DedupRecord::Entry& entry : record->entries) {
      const bool known = std::ranges::any_of(
          found.entries, [&](const auto& newer) { return newer.sequence == entry.sequence; });
      if (entry.expires > now && !known) {
        found.entries.push_back(entry);
      }
    }
  }
  found.entries.resize(std::min(found.entries.size(), DedupRecord::kEntriesMax));
  return found;
}

std::optional<DedupRecord> RecentKeys::find(const DedupKey& key) const {
  const auto found = keys_.find(key);
  return found == keys_.end() ? std::nullopt : std::optional(found->second.record);
}

void RecentKeys::remember(std::uint64_t commit, const DedupKey& key, DedupRecord record) {
  keys_[key] = {commit, std::move(record)};
  in_order_.emplace_back(commit, key);
  while (in_order_.size() > kRememberedMax) {
    const auto [old_commit, old_key] = in_order_.front();
    in_order_.pop_front();
    forgotten_up_to_ = old_commit;
    const auto found = keys_.find(old_key);
    if (found != keys_.end() && found->second.commit == old_commit) {
      keys_.erase(found);
    }
  }
}

}  // namespace spillway::journal
