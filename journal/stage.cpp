#include "journal/stage.hpp"

#include <algorithm>

#include "core/check.hpp"
#include "core/log.hpp"
#include "journal/reader.hpp"
#include "journal/versions.hpp"

namespace spillway::journal {

using core::DeliveryState;

namespace {

Slice hour_of(core::Time time) {
  return static_cast<Slice>(
      std::chrono::floor<std::chrono::hours>(time).time_since_epoch().count());
}

}  // namespace

Stage::Stage(const Store& store, WriterState& state, core::Time now)
    : store_(&store),
      state_(&state),
      now_(now),
      commit_(state.commit),
      order_(store, state.order_floors, state.commit.commit + 1) {
  ++commit_.commit;
  if (const Slice hour = hour_of(now); hour > commit_.slice) {
    commit_.slice = hour;
  }
}

Region Stage::region(Sequence sequence) const {
  return region_of(sequence, commit_.retired_below);
}

core::Result<std::optional<DeliveryRecord>> Stage::find(DeliveryRef ref) const {
  if (const auto staged = records_.find(ref); staged != records_.end()) {
    return staged->second;
  }
  const auto stored = store_->get(Table::deliveries, keys::delivery(region(ref.sequence), ref));
  if (!stored) {
    return std::unexpected(stored.error());
  }
  if (!*stored) {
    return std::nullopt;
  }
  auto record = DeliveryRecord::decode(**stored);
  if (!record) {
    return std::unexpected(record.error());
  }
  return *std::move(record);
}

core::Result<std::vector<std::pair<DeliveryRef, DeliveryRecord>>> Stage::deliveries_of(
    Sequence sequence) const {
  std::map<DeliveryRef, DeliveryRecord> found;
  const std::string prefix = keys::event(region(sequence), sequence);
  core::Result<void> decoded;
  const auto scanned = store_->scan(
      Table::deliveries, prefix, keys::after(prefix), Direction::forward,
      [&](std::string_view key, std::string_view value) {
        const auto parsed = keys::parse_delivery(key);
        auto record = DeliveryRecord::decode(value);
        if (!parsed || !record) {
          decoded = core::fail(core::ErrorCode::corrupt, "a stored delivery does not decode");
          return false;
        }
        found.emplace(parsed->ref, *std::move(record));
        return true;
      });
  if (!scanned || !decoded) {
    return std::unexpected(scanned ? decoded.error() : scanned.error());
  }
  for (auto staged = records_.lower_bound({sequence, 0});
       staged != records_.end() && staged->first.sequence == sequence; ++staged) {
    if (staged->second) {
      found.insert_or_assign(staged->first, *staged->second);
    } else {
      found.erase(staged->first);
    }
  }
  return std::vector<std::pair<DeliveryRef, DeliveryRecord>>(found.begin(), found.end());
}

const NamedDestination* Stage::destination(DestinationNumber number) const {
  if (const auto staged = destinations_.find(number); staged != destinations_.end()) {
    return &staged->second;
  }
  const auto known = state_->destinations.find(number);
  return known == state_->destinations.end() ? nullptr : &known->second;
}

std::optional<DestinationNumber> Stage::destination_number(std::string_view name) const {
  if (const auto known = state_->destination_numbers.find(name);
      known != state_->destination_numbers.end()) {
    return known->second;
  }
  const auto staged = destination_numbers_.find(name);
  return staged == destination_numbers_.end() ? std::nullopt : std::optional(staged->second);
}

std::optional<SourceNumber> Stage::source(std::string_view name) const {
  if (const auto staged = sources_.find(name); staged != sources_.end()) {
    return staged->second;
  }
  const auto known = state_->sources.find(name);
  return known == state_->sources.end() ? std::nullopt : std::optional(known->second);
}

std::map<Slice, Sequence> Stage::slices() const {
  std::map<Slice, Sequence> all = state_->slices;
  for (const auto& [slice, first] : slices_) {
    if (first) {
      all[slice] = *first;
    } else {
      all.erase(slice);
    }
  }
  return all;
}

core::Result<DedupRecord> Stage::find_key(const DedupKey& key, core::Duration window,
                                          std::uint64_t as_of, const DedupRecord& found) const {
  if (const auto staged = keys_.find(key); staged != keys_.end()) {
    return staged->second;
  }
  if (auto recent = state_->recent_keys.find(key)) {
    std::erase_if(recent->entries,
                  [&](const DedupRecord::Entry& entry) { return entry.expires <= now_; });
    return *std::move(recent);
  }
  if (state_->recent_keys.covers(as_of)) {
    return found;
  }
  return journal::find_key(*store_, key, window, now_);
}

core::Result<std::optional<VersionRecord>> Stage::find_version(OrderingKey key) const {
  const auto staged = versions_.find({key.destination, std::string(key.hash)});
  if (staged != versions_.end()) {
    return staged->second;
  }
  return journal::find_version(*store_, key, commit_.slice / kHoursPerDay, now_);
}

core::Result<std::optional<VersionRecord>> Stage::find_waiting_version(OrderingKey key) const {
  const auto staged = waiting_versions_.find({key.destination, std::string(key.hash)});
  if (staged != waiting_versions_.end()) {
    return staged->second;
  }
  const auto stored =
      store_->get(Table::versions, keys::version(keys::kWaitingDay, key.destination, key.hash));
  if (!stored) {
    return std::unexpected(stored.error());
  }
  if (!*stored) {
    return std::nullopt;
  }
  return VersionRecord::decode(**stored);
}

Sequence Stage::take_sequence() {
  const Sequence sequence = commit_.next_sequence++;
  if (!state_->slices.contains(commit_.slice) && !slices_.contains(commit_.slice)) {
    set_slice_start(commit_.slice, sequence);
  }
  return sequence;
}

void Stage::put(Table table, std::string_view key, std::string_view value) {
  batch_.put(table, key, value);
}

void Stage::erase(Table table, std::string_view key) {
  batch_.erase(table, key);
}

void Stage::erase_range(Table table, std::string_view from, std::string_view to) {
  batch_.erase_range(table, from, to);
}

void Stage::put_record(DeliveryRef ref, const DeliveryRecord& record) {
  batch_.put(Table::deliveries, keys::delivery(region(ref.sequence), ref), record.encode());
  records_.insert_or_assign(ref, record);
}

void Stage::index(DeliveryRef ref, const DeliveryRecord* before, const DeliveryRecord* after) {
  const bool was_due = before != nullptr && before->is_due();
  const bool now_due = after != nullptr && after->is_due();
  const bool same_due = was_due && now_due && before->due == after->due;
  if (was_due && !same_due) {
    batch_.erase(Table::due, keys::due(ref.destination, before->due, ref.sequence));
  }
  if (now_due && !same_due) {
    batch_.put(Table::due, keys::due(ref.destination, after->due, ref.sequence), {});
  }
  const bool was_handed = before != nullptr && before->is_handed();
  const bool now_handed = after != nullptr && after->is_handed();
  const bool same_handed = was_handed && now_handed && before->custody == after->custody;
  if (was_handed && !same_handed) {
    batch_.erase(Table::handed, keys::handed(before->custody, ref));
  }
  if (now_handed && !same_handed) {
    batch_.put(Table::handed, keys::handed(after->custody, ref), {});
  }
  index_order(ref, before, after);
  const bool was_fate = before != nullptr && before->state != DeliveryState::pending;
  const bool now_fate = after != nullptr && after->state != DeliveryState::pending;
  const bool same_fate =
      was_fate && now_fate && before->state == after->state && before->slice == after->slice;
  if (was_fate && !same_fate) {
    batch_.erase(Table::fates, keys::fate(before->slice, before->state, ref));
  }
  if (now_fate && !same_fate) {
    batch_.put(Table::fates, keys::fate(after->slice, after->state, ref), {});
  }
}

void Stage::index_order(DeliveryRef ref, const DeliveryRecord* before,
                        const DeliveryRecord* after) {
  const bool was_in_order = before != nullptr && before->is_in_order();
  const bool now_in_order = after != nullptr && after->is_in_order();
  if (was_in_order && !now_in_order) {
    std::string row = keys::order(ref, before->ordering_key, before->position);
    batch_.erase(Table::order, row);
    order_.erase(std::move(row));
    if (before->is_version_in_order()) {
      set_waiting_version({ref.destination, before->ordering_key}, std::nullopt);
    }
  }
  if (now_in_order && !was_in_order) {
    std::string row = keys::order(ref, after->ordering_key, after->position);
    batch_.put(Table::order, row, {});
    order_.put(std::move(row));
    if (after->is_version_in_order()) {
      set_waiting_version({ref.destination, after->ordering_key},
                          VersionRecord{after->version, ref.sequence, {}});
    }
  }
}

void Stage::end_copy(DeliveryRef ref, const DeliveryRecord& before, const DeliveryRecord* after) {
  const bool stays =
      after != nullptr && after->has_copy() && after->generation == before.generation;
  if (!before.has_copy() || stays) {
    return;
  }
  const auto head = Reader(*store_).head(ref.sequence);
  const NamedDestination* const named = destination(ref.destination);
  if (!head || !*head || named == nullptr) {
    core::log(core::LogLevel::error, "replica.nameless", {{"sequence", ref.sequence}});
    return;
  }
  NoticeRecord notice;
  notice.kind = NoticeRecord::Kind::copy_over;
  notice.destination = named->name;
  notice.event = (*head)->id;
  notice.generation = before.generation;
  notify(notice);
}

void Stage::set_waiting_version(OrderingKey key, std::optional<VersionRecord> record) {
  const std::string row = keys::version(keys::kWaitingDay, key.destination, key.hash);
  if (record) {
    batch_.put(Table::versions, row, record->encode());
  } else {
    batch_.erase(Table::versions, row);
  }
  waiting_versions_.insert_or_assign({key.destination, std::string(key.hash)}, std::move(record));
}

void Stage::open(DeliveryRef ref, const DeliveryRecord& record) {
  put_record(ref, record);
  index(ref, nullptr, &record);
  book_changes_.open({record.slice, ref.destination}, record.state);
}

void Stage::change(DeliveryRef ref, const DeliveryRecord& before, const DeliveryRecord& after) {
  put_record(ref, after);
  index(ref, &before, &after);
  end_copy(ref, before, &after);
  book_changes_.move({before.slice, ref.destination}, before.state, {after.slice, ref.destination},
                     after.state);
}

void Stage::retire(DeliveryRef ref, const DeliveryRecord& before, DeliveryState final_state) {
  CHECK(final_state != DeliveryState::pending);
  index(ref, &before, nullptr);
  end_copy(ref, before, nullptr);
  book_changes_.move({before.slice, ref.destination}, before.state,
                     {kRetiredSlice, ref.destination}, final_state);
}

void Stage::forget(DeliveryRef ref) {
  batch_.erase(Table::deliveries, keys::delivery(region(ref.sequence), ref));
  records_[ref] = std::nullopt;
}

void Stage::set_key(const DedupKey& key, DedupRecord record) {
  const DedupAccount account{commit_.slice / kHoursPerDay, key.source};
  batch_.put(Table::dedup, keys::dedup(account.day, key.source, key.hash), record.encode());
  keys_.insert_or_assign(key, std::move(record));
  // A key written twice in a day counts twice: the number bounds the space, it is no index.
  const auto known = state_->dedup_keys.find(account);
  const std::uint64_t before = known == state_->dedup_keys.end() ? 0 : known->second;
  dedup_keys_.try_emplace(account, before).first->second += 1;
}

void Stage::set_version(OrderingKey key, VersionRecord record) {
  batch_.put(Table::versions,
             keys::version(commit_.slice / kHoursPerDay, key.destination, key.hash),
             record.encode());
  versions_.insert_or_assign({key.destination, std::string(key.hash)}, std::move(record));
}

void Stage::notify(const NoticeRecord& notice) {
  if (!state_->has_peers) {
    return;
  }
  constexpr std::uint64_t kPerBatch = std::uint64_t{1} << 20;
  CHECK(notices_ < kPerBatch);
  batch_.put(Table::meta, keys::notice(commit_.commit * kPerBatch + notices_++), notice.encode());
}

void Stage::forget_keys(DedupAccount account) {
  const std::string from = keys::dedup_prefix(account.day, account.source);
  erase_range(Table::dedup, from, keys::after(from));
  reclaim_after_commit(Table::dedup, from, keys::after(from));
  dedup_keys_[account] = 0;
}

void Stage::finish() {
  for (const auto& [account, count] : dedup_keys_) {
    const std::string key = keys::dedup_count(account.day, account.source);
    if (count == 0) {
      batch_.erase(Table::meta, key);
    } else {
      batch_.put(Table::meta, key, DedupCountRecord{count}.encode());
    }
  }
  batch_.put(Table::meta, keys::kCommit, commit_.encode());
}

void Stage::set_destination(NamedDestination destination) {
  batch_.put(Table::meta, keys::destination(destination.name), destination.record.encode());
  const DestinationNumber number = destination.record.number;
  destination_numbers_.insert_or_assign(destination.name, number);
  destinations_.insert_or_assign(number, std::move(destination));
}

DestinationNumber Stage::add_destination(std::string_view name) {
  DestinationNumber number = kNoDestination + 1;
  if (!state_->destinations.empty()) {
    number = std::max(number, state_->destinations.rbegin()->first + 1);
  }
  if (!destinations_.empty()) {
    number = std::max(number, destinations_.rbegin()->first + 1);
  }
  NamedDestination added{std::string(name), {}};
  added.record.number = number;
  set_destination(std::move(added));
  return number;
}

SourceNumber Stage::add_source(std::string_view name) {
  // Sources are never forgotten, so their count is the last number given.
  const auto number = static_cast<SourceNumber>(state_->sources.size() + sources_.size() + 1);
  batch_.put(Table::meta, keys::source(name), SourceRecord{number}.encode());
  sources_.emplace(name, number);
  return number;
}

void Stage::set_slice_start(Slice slice, Sequence first_sequence) {
  batch_.put(Table::meta, keys::slice(slice), SliceRecord{first_sequence}.encode());
  slices_[slice] = first_sequence;
}

void Stage::forget_slice(Slice slice) {
  batch_.erase(Table::meta, keys::slice(slice));
  slices_[slice] = std::nullopt;
}

void Stage::reclaim_after_commit(Table table, std::string from, std::string to) {
  to_reclaim_.push_back({table, std::move(from), std::move(to)});
}

}  // namespace spillway::journal
