#include "journal/retention.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "core/planted_bug.hpp"
#include "journal/keys.hpp"
#include "journal/reader.hpp"
#include "journal/stage.hpp"
#include "journal/versions.hpp"

namespace spillway::journal {

using core::DeliveryState;

namespace {

constexpr std::size_t kEventsPerBatch = 256;
// A batch may have to copy all bodies it comes by, in memory and in the log.
constexpr std::uint64_t kBodyBytesPerBatch = std::uint64_t{8} << 20;
// Erasing by range is cheap, but each range is a tombstone that reads must pass.
constexpr Sequence kEventsPerErasure = 65'536;

constexpr Table kTablesBySequence[] = {Table::events, Table::bodies, Table::deliveries,
                                       Table::attempts};

bool must_stay(const DeliveryRecord& record) {
  return record.state == DeliveryState::pending || record.state == DeliveryState::dead ||
         record.state == DeliveryState::expired;
}

// Must it be kept when its slice is retired?
bool stays(const DeliveryRecord& record, const Retention& retention, core::Time now) {
  return must_stay(record) && !outlived(record, retention, now);
}

// What a delivery counts as once its record is gone: a dead letter that outlived its retention was
// purged by it.
DeliveryState final_state(const DeliveryRecord& record) {
  return must_stay(record) ? DeliveryState::purged : record.state;
}

core::Time end_of(Slice slice) {
  return core::Time{std::chrono::hours(static_cast<std::int64_t>(slice) + 1)};
}

struct StoredEvent {
  Sequence sequence = 0;
  EventHead head;
  std::vector<DueDelivery> deliveries;
};

// What one batch works off.
struct Portion {
  std::vector<StoredEvent> events;
  Sequence to = 0;  // behind the last of them
  std::uint64_t body_bytes = 0;

  [[nodiscard]] bool heavy() const { return body_bytes >= kBodyBytesPerBatch; }
};

core::Result<Portion> load_portion(const Reader& reader, Sequence from, Sequence end) {
  Portion portion;
  portion.to = std::min(end, from + kEventsPerBatch);
  for (Sequence sequence = from; sequence < portion.to; ++sequence) {
    auto head = reader.head(sequence);
    if (!head) {
      return std::unexpected(head.error());
    }
    auto deliveries = reader.deliveries(sequence);
    if (!deliveries) {
      return std::unexpected(deliveries.error());
    }
    if (*head) {
      portion.body_bytes += (*head)->body_size;
      portion.events.push_back({sequence, **std::move(head), *std::move(deliveries)});
    }
    if (portion.heavy()) {
      portion.to = sequence + 1;
    }
  }
  return portion;
}

core::Result<void> move_to_kept(Stage& stage, const StoredEvent& event,
                                const Retention& retention) {
  if constexpr (core::kPlantedBug == core::PlantedBug::survivors_not_copied) {
    return {};
  }
  const Reader reader(stage.store());
  const auto body = reader.body(event.sequence);
  if (!body) {
    return std::unexpected(body.error());
  }
  const std::string key = keys::event(Region::kept, event.sequence);
  EventHead head = event.head;
  head.slice = kKeptSlice;
  stage.put(Table::events, key, head.encode());
  stage.put(Table::bodies, key, body->value_or(""));
  for (const DueDelivery& delivery : event.deliveries) {
    if (!stays(delivery.record, retention, stage.now())) {
      continue;
    }
    const auto attempts = reader.attempts(delivery.ref);
    if (!attempts) {
      return std::unexpected(attempts.error());
    }
    for (const core::Attempt& attempt : *attempts) {
      stage.put(Table::attempts,
                keys::attempt(Region::kept, delivery.ref, attempt.generation, attempt.number),
                encode_attempt(attempt));
    }
  }
  return {};
}

void erase_kept_event(Stage& stage, Sequence sequence, const EventHead& head) {
  const std::string key = keys::event(Region::kept, sequence);
  stage.erase(Table::events, key);
  stage.erase(Table::bodies, key);
  stage.erase(Table::ids, keys::id(head.id));
}

void erase_live_range(Stage& stage, Sequence from, Sequence to) {
  for (const Table table : kTablesBySequence) {
    stage.erase_range(table, keys::event(Region::live, from), keys::event(Region::live, to));
  }
}

void reclaim(Stage& stage, Region region, Sequence from, Sequence to) {
  for (const Table table : kTablesBySequence) {
    stage.reclaim_after_commit(table, keys::event(region, from), keys::event(region, to));
  }
}

// Erased only where there is something: each range erased is a tombstone.
core::Result<void> forget_versions(Stage& stage) {
  const std::string end = keys::number_prefix(day_of(stage.now() - kVersionWindow));
  bool found = false;
  const auto scanned = stage.store().scan(Table::versions, {}, end, Direction::forward,
                                          [&](std::string_view, std::string_view) {
                                            found = true;
                                            return false;
                                          });
  if (scanned && found) {
    stage.erase_range(Table::versions, {}, end);
    stage.reclaim_after_commit(Table::versions, {}, end);
  }
  return scanned;
}

}  // namespace

bool outlived(const DeliveryRecord& record, const Retention& retention, core::Time now) {
  switch (record.state) {
    case DeliveryState::pending:
      return false;
    case DeliveryState::dead:
    case DeliveryState::expired:
      return record.updated + retention.dead <= now;
    case DeliveryState::delivered:
    case DeliveryState::superseded:
    case DeliveryState::purged:
      return record.updated + retention.delivered <= now;
  }
  return false;
}

Retire::Retire(core::Executor& reply_to, Retention retention, bool early, Callback callback)
    : SyncedCommand(reply_to, std::move(callback)), retention_(retention), early_(early) {}

core::Result<Retired> Retire::decide(Stage& stage) {
  Retired result;
  const auto slices = stage.slices();
  if (slices.empty()) {
    return result;
  }
  const auto [slice, first] = *slices.begin();
  const bool newest = slices.size() == 1;
  const bool still_open = newest && slice == stage.slice();
  const Sequence end = newest ? stage.commit().next_sequence : std::next(slices.begin())->second;
  if (!early_ && (still_open || end_of(slice) + retention_.delivered > stage.now())) {
    return result;
  }
  const Sequence from = std::max(first, stage.commit().retired_below);
  const auto portion = load_portion(Reader(stage.store()), from, end);
  if (!portion) {
    return std::unexpected(portion.error());
  }
  const Sequence to = portion->to;
  for (const StoredEvent& event : portion->events) {
    if (!std::ranges::any_of(event.deliveries, [&](const DueDelivery& delivery) {
          return stays(delivery.record, retention_, stage.now());
        })) {
      continue;
    }
    if (auto moved = move_to_kept(stage, event, retention_); !moved) {
      return std::unexpected(moved.error());
    }
  }
  // From here on their region is the kept one: that is where change() puts the survivors.
  stage.set_retired_below(to);
  for (const StoredEvent& event : portion->events) {
    std::size_t stay = 0;
    for (const auto& [ref, record] : event.deliveries) {
      if (stays(record, retention_, stage.now())) {
        DeliveryRecord kept = record;
        kept.slice = kKeptSlice;
        stage.change(ref, record, kept);
        ++stay;
      } else {
        stage.retire(ref, record, final_state(record));
        ++result.forgotten;
      }
    }
    result.kept += stay;
    if (stay == 0) {
      stage.erase(Table::ids, keys::id(event.head.id));
      result.body_bytes += event.head.body_size;
    } else {
      result.kept_bytes += event.head.body_size;
    }
  }
  result.events = to - from;
  // Where the disk is short, what takes much of it goes before more survivors are copied.
  const bool frees_soon = to == end || portion->heavy();
  Sequence erased_below = first;
  if (to == end && !still_open) {
    erase_live_range(stage, first, end);
    stage.forget_slice(slice);
    erased_below = end;
  } else if (to - first >= kEventsPerErasure || (early_ && to > first && frees_soon)) {
    erase_live_range(stage, first, to);
    stage.set_slice_start(slice, to);
    erased_below = to;
  }
  // A compaction under way holds on to its files, so where the disk is short this is asked again.
  if (early_ || erased_below > first) {
    // From the beginning: a file may hold several of the ranges erased one after the other.
    reclaim(stage, Region::live, 0, erased_below);
  }
  result.more = to < stage.commit().next_sequence;
  return result;
}

SweepKept::SweepKept(core::Executor& reply_to, Retention retention, std::string cursor,
                     Callback callback)
    : SyncedCommand(reply_to, std::move(callback)),
      retention_(retention),
      cursor_(std::move(cursor)) {}

core::Result<Swept> SweepKept::decide(Stage& stage) {
  Swept result;
  std::vector<Sequence> sequences;
  const auto scanned = stage.store().scan(
      Table::events, cursor_, keys::event(Region::kept, stage.commit().retired_below),
      Direction::forward, [&](std::string_view key, std::string_view) {
        if (sequences.size() == kEventsPerBatch) {
          result.cursor = key;
          return false;
        }
        if (const auto parsed = keys::parse_event(key)) {
          sequences.push_back(parsed->ref.sequence);
        }
        return true;
      });
  if (!scanned) {
    return std::unexpected(scanned.error());
  }
  const Reader reader(stage.store());
  std::optional<Sequence> erased_from;  // where a run without survivors began
  for (const Sequence sequence : sequences) {
    // Through the stage: a settlement earlier in this batch counts.
    const auto deliveries = stage.deliveries_of(sequence);
    const auto head = reader.head(sequence);
    if (!deliveries || !head || !*head) {
      return core::fail(core::ErrorCode::corrupt, "a kept event cannot be read");
    }
    std::size_t left = deliveries->size();
    for (const auto& [ref, record] : *deliveries) {
      if (!outlived(record, retention_, stage.now())) {
        continue;
      }
      const std::string key = keys::delivery(Region::kept, ref);
      stage.retire(ref, record, final_state(record));
      stage.forget(ref);
      stage.erase_range(Table::attempts, key, keys::after(key));
      ++result.forgotten;
      --left;
    }
    if (left == 0) {
      erase_kept_event(stage, sequence, **head);
      erased_from = erased_from.value_or(sequence);
    } else if (erased_from) {
      reclaim(stage, Region::kept, *std::exchange(erased_from, {}), sequence);
    }
  }
  if (erased_from) {
    reclaim(stage, Region::kept, *erased_from, sequences.back() + 1);
  }
  return result;
}

ForgetKeys::ForgetKeys(core::Executor& reply_to, std::map<SourceNumber, DedupLimit> limits,
                       Callback callback)
    : SyncedCommand(reply_to, std::move(callback)), limits_(std::move(limits)) {}

core::Result<ForgottenKeys> ForgetKeys::decide(Stage& stage) {
  if (auto forgotten = forget_versions(stage); !forgotten) {
    return std::unexpected(std::move(forgotten).error());
  }
  const std::uint32_t today = day_of(stage.now());
  std::map<SourceNumber, std::uint64_t> bytes;
  for (const auto& [account, keys] : stage.dedup_keys()) {
    bytes[account.source] += keys * kDedupKeyBytes;
  }
  ForgottenKeys result;
  for (const auto& [account, keys] : stage.dedup_keys()) {  // oldest day first
    const auto limit = limits_.find(account.source);
    if (limit == limits_.end() || account.day >= today) {
      continue;  // a source that is configured no more may come back
    }
    const bool behind_window = account.day < day_of(stage.now() - limit->second.window);
    const bool over_limit = bytes[account.source] > limit->second.bytes;
    if (behind_window || over_limit) {
      result.early += behind_window ? 0 : keys;
      bytes[account.source] -= keys * kDedupKeyBytes;
      stage.forget_keys(account);
    }
  }
  for (const auto& [source, left] : bytes) {
    result.bytes_left += left;
  }
  return result;
}

}  // namespace spillway::journal
