#include "journal/remembered.hpp"

#include <algorithm>
#include <map>

#include "journal/keys.hpp"
#include "journal/reader.hpp"

namespace spillway::journal {

namespace {

// A clock set back over a restart leaves events in slices ahead of their ids: by a day at most, or
// they are not found in a range.
constexpr Slice kClockMargin = 24;

core::Time start_of(std::int64_t slice) {
  return core::Time{std::chrono::hours(slice)};
}

std::int64_t hour_of(core::Time time) {
  return std::chrono::floor<std::chrono::hours>(time.time_since_epoch()).count();
}

// The slices that hold live events, with the first sequence of each.
core::Result<std::map<Slice, Sequence>> live_slices(const Readable& store) {
  std::map<Slice, Sequence> slices;
  core::Result<void> outcome;
  const auto scanned =
      store.scan(Table::meta, keys::kSlicePrefix, keys::after(std::string(keys::kSlicePrefix)),
                 Direction::forward, [&](std::string_view key, std::string_view value) {
                   const auto number = keys::parse_slice(key);
                   const auto record = SliceRecord::decode(value);
                   if (!record) {
                     outcome = std::unexpected(record.error());
                   } else if (number) {
                     slices.emplace(*number, record->first_sequence);
                   }
                   return outcome.has_value();
                 });
  if (!scanned || !outcome) {
    return std::unexpected(scanned ? outcome.error() : scanned.error());
  }
  return slices;
}

}  // namespace

core::Time time_of(const core::EventId& id) {
  std::int64_t millis = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    millis = millis << 8 | id.bytes[i];
  }
  return core::Time{std::chrono::milliseconds(millis)};
}

core::Result<std::optional<core::Time>> events_known_since(const Readable& store) {
  const auto commit = Reader(store).commit();
  if (!commit) {
    return std::unexpected(commit.error());
  }
  if (commit->retired_below <= 1) {
    return std::nullopt;
  }
  const auto slices = live_slices(store);
  if (!slices) {
    return std::unexpected(slices.error());
  }
  // The slice that the watermark stands in, or at, may have lost its beginning.
  const auto whole = std::ranges::find_if(
      *slices, [&](const auto& slice) { return slice.second > commit->retired_below; });
  const std::int64_t first =
      whole == slices->end() ? std::int64_t{commit->slice} + 1 : std::int64_t{whole->first};
  return start_of(first);
}

core::Result<SequenceRange> sequences_around(const Readable& store, core::Time from,
                                             core::Time to) {
  const auto commit = Reader(store).commit();
  if (!commit) {
    return std::unexpected(commit.error());
  }
  const auto slices = live_slices(store);
  if (!slices) {
    return std::unexpected(slices.error());
  }
  // An event is never in a slice before the hour of its id.
  const auto begin = std::ranges::find_if(
      *slices, [&](const auto& slice) { return slice.first >= hour_of(from); });
  const auto end = std::ranges::find_if(
      *slices, [&](const auto& slice) { return slice.first > hour_of(to) + kClockMargin; });
  SequenceRange range{.begin = commit->next_sequence, .end = commit->next_sequence};
  if (begin == slices->begin()) {
    range.begin = 0;  // and what survived of slices before it
  } else if (begin != slices->end()) {
    range.begin = begin->second;
  }
  if (end != slices->end()) {
    range.end = end->second;
  }
  return range;
}

core::Result<StoredKeys> StoredKeys::open(const Readable& store, SourceNumber source,
                                          core::Time now) {
  StoredKeys stored(store, source);
  const auto scanned = store.scan(Table::meta, keys::kDedupCountPrefix,
                                  keys::after(std::string(keys::kDedupCountPrefix)),
                                  Direction::backward, [&](std::string_view key, std::string_view) {
                                    const auto account = keys::parse_dedup_count(key);
                                    if (account && account->source == source) {
                                      stored.days_.push_back(account->day);
                                    }
                                    return true;
                                  });
  if (!scanned) {
    return std::unexpected(scanned.error());
  }
  // Keys are forgotten by whole days, never those of today.
  const std::uint32_t today = day_of(now);
  const std::uint32_t oldest = stored.days_.empty() ? today : std::min(today, stored.days_.back());
  stored.since_ = core::Time{std::chrono::days(oldest)};
  return stored;
}

core::Result<std::vector<DedupRecord::Entry>> StoredKeys::find(const core::Digest128& key) const {
  std::vector<DedupRecord::Entry> found;
  for (const std::uint32_t day : days_) {
    const auto stored = store_->get(Table::dedup, keys::dedup(day, source_, key));
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
          found, [&](const auto& newer) { return newer.sequence == entry.sequence; });
      if (!known) {
        found.push_back(entry);
      }
    }
  }
  return found;
}

}  // namespace spillway::journal
