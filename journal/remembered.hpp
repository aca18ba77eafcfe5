// What the journal still remembers, for whoever compares it with a list of their own: since when it
// has every event, since when every idempotency key, and where the events of a time stand. Goes by
// slices, which never go back as a clock may (docs/correctness.md 11). Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/event_id.hpp"
#include "journal/dedup_index.hpp"
#include "journal/records.hpp"
#include "journal/store.hpp"

namespace spillway::journal {

// When the id was made, to the millisecond.
[[nodiscard]] core::Time time_of(const core::EventId& id);

// Every event whose id was made then or later is here. Empty: none was ever forgotten.
core::Result<std::optional<core::Time>> events_known_since(const Readable& store);

// Holds the events whose ids were made in [from, to), and others besides.
struct SequenceRange {
  Sequence begin = 0;
  Sequence end = 0;
};
core::Result<SequenceRange> sequences_around(const Readable& store, core::Time from, core::Time to);

// The idempotency keys of one source, however long ago they expired, as far as they are stored.
class StoredKeys {
 public:
  static core::Result<StoredKeys> open(const Readable& store, SourceNumber source, core::Time now);

  // Every key stored then or later is here.
  [[nodiscard]] core::Time since() const { return since_; }

  // The events accepted under the key, newest first.
  [[nodiscard]] core::Result<std::vector<DedupRecord::Entry>> find(
      const core::Digest128& key) const;

 private:
  StoredKeys(const Readable& store, SourceNumber source) : store_(&store), source_(source) {}

  const Readable* store_;
  SourceNumber source_;
  std::vector<std::uint32_t> days_;  // that have any, newest first
  core::Time since_{};
};

}  // namespace spillway::journal
