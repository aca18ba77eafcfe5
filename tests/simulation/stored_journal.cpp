#include "tests/simulation/stored_journal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

namespace spillway::simulation {
namespace {

using core::DeliveryState;
using journal::DeliveryRef;
using journal::Region;
using journal::Table;

namespace keys = journal::keys;

// Visits every row of the table; the visitor's false means that it does not decode.
core::Result<void> read_table(const journal::Readable& store, Table table,
                              const std::function<bool(std::string_view, std::string_view)>& take) {
  core::Result<void> outcome;
  const auto scanned = store.scan(
      table, {}, keys::after({}), journal::Direction::forward,
      [&](std::string_view key, std::string_view value) {
        if (!take(key, value)) {
          outcome = core::fail(core::ErrorCode::corrupt,
                               fmt::format("a row of {} does not decode", to_string(table)));
        }
        return outcome.has_value();
      });
  return scanned ? outcome : scanned;
}

bool take_meta(StoredJournal& journal, std::string_view key, std::string_view value) {
  if (key == keys::kCommit) {
    const auto record = journal::CommitRecord::decode(value);
    journal.commit = record.value_or(journal::CommitRecord{});
    return record.has_value();
  }
  if (key.starts_with(keys::kDestinationPrefix)) {
    const auto record = journal::DestinationRecord::decode(value);
    journal.destinations.emplace(key.substr(keys::kDestinationPrefix.size()),
                                 record.value_or(journal::DestinationRecord{}));
    return record.has_value();
  }
  return true;
}

// Rows of the live region below the watermark are garbage that waits to be erased.
bool in_use(const StoredJournal& journal, const keys::RegionRef& key) {
  return key.region == journal::region_of(key.ref.sequence, journal.commit.retired_below);
}

bool take_event(StoredJournal& journal, std::string_view key, std::string_view value) {
  const auto parsed = keys::parse_event(key);
  auto head = journal::EventHead::decode(value);
  if (!parsed || !head) {
    return false;
  }
  if (in_use(journal, *parsed)) {
    journal.events.emplace(parsed->ref.sequence, *std::move(head));
  }
  return true;
}

bool take_body(StoredJournal& journal, std::string_view key, std::string_view value) {
  const auto parsed = keys::parse_event(key);
  if (parsed && in_use(journal, *parsed)) {
    journal.bodies.emplace(parsed->ref.sequence, value);
  }
  return parsed.has_value();
}

bool take_id(StoredJournal& journal, std::string_view key, std::string_view value) {
  const auto sequence = keys::parse_id_value(value);
  core::EventId id;
  if (!sequence || key.size() != id.bytes.size()) {
    return false;
  }
  std::ranges::copy(key, id.bytes.begin());
  journal.ids.emplace(id, *sequence);
  return true;
}

bool take_delivery(StoredJournal& journal, std::string_view key, std::string_view value) {
  const auto parsed = keys::parse_delivery(key);
  auto record = journal::DeliveryRecord::decode(value);
  if (!parsed || !record) {
    return false;
  }
  if (in_use(journal, *parsed)) {
    journal.deliveries.emplace(parsed->ref, *std::move(record));
  }
  return true;
}

bool take_due(StoredJournal& journal, std::string_view key, std::string_view) {
  const auto parsed = keys::parse_due(key);
  if (parsed) {
    journal.due.emplace(parsed->destination, parsed->due, parsed->sequence);
  }
  return parsed.has_value();
}

bool take_place(StoredJournal& journal, std::string_view key, std::string_view) {
  const auto parsed = keys::parse_order(key);
  if (parsed) {
    journal.order.emplace(parsed->ref.destination, parsed->ordering_key, parsed->position,
                          parsed->ref.sequence);
  }
  return parsed.has_value();
}

bool take_fate(StoredJournal& journal, std::string_view key, std::string_view) {
  const auto parsed = keys::parse_fate(key);
  if (parsed) {
    journal.fates.emplace(parsed->slice, parsed->state, parsed->ref);
  }
  return parsed.has_value();
}

bool take_counters(StoredJournal& journal, std::string_view key, std::string_view value) {
  const auto parsed = keys::parse_counters(key);
  const auto counts = journal::Counts::decode(value);
  if (!parsed || !counts) {
    return false;
  }
  journal.counters.emplace(std::pair(parsed->slice, parsed->destination), *counts);
  return true;
}

bool take_attempt(StoredJournal& journal, std::string_view key, std::string_view value) {
  const auto parsed = keys::parse_attempt(key);
  // An attempt's key begins with the delivery's.
  const auto delivery =
      keys::parse_delivery(key.substr(0, keys::delivery(Region::live, {}).size()));
  if (!parsed || !delivery) {
    return false;
  }
  const auto attempt = journal::decode_attempt(value, parsed->generation, parsed->number);
  if (!attempt) {
    return false;
  }
  if (in_use(journal, *delivery)) {
    ++journal.attempts[delivery->ref][parsed->generation];
    if (!attempt->excerpt.empty()) {
      journal.answers.insert(delivery->ref);
    }
  }
  return true;
}

std::string text(DeliveryRef ref) {
  return fmt::format("delivery {}/{}", ref.sequence, ref.destination);
}

}  // namespace

core::Result<StoredJournal> StoredJournal::read(const journal::Readable& store) {
  using Take = bool (*)(StoredJournal&, std::string_view, std::string_view);
  // meta comes first: it holds the watermark that tells which region counts.
  constexpr std::pair<Table, Take> kTables[] = {
      {Table::meta, take_meta},        {Table::events, take_event},
      {Table::bodies, take_body},      {Table::ids, take_id},
      {Table::due, take_due},          {Table::order, take_place},
      {Table::fates, take_fate},       {Table::deliveries, take_delivery},
      {Table::attempts, take_attempt}, {Table::counters, take_counters},
  };
  StoredJournal journal;
  for (const auto& [table, take] : kTables) {
    const auto read = read_table(store, table, [&](std::string_view key, std::string_view value) {
      return take(journal, key, value);
    });
    if (!read) {
      return std::unexpected(read.error());
    }
  }
  auto jobs = retry::read_jobs(store);
  if (!jobs) {
    return std::unexpected(std::move(jobs).error());
  }
  journal.jobs = *std::move(jobs);
  return journal;
}

bool StoredJournal::is_erased(journal::Sequence sequence) const {
  const auto first = deliveries.lower_bound({sequence, 0});
  const auto behind = deliveries.lower_bound({sequence + 1, 0});
  return first != behind && std::all_of(first, behind, [](const auto& delivery) {
           return delivery.second.reason == core::Reason::erased;
         });
}

journal::Books::Totals StoredJournal::totals() const {
  journal::Books::Totals totals;
  for (const auto& [account, counts] : counters) {
    totals[account.second] += counts;
  }
  return totals;
}

std::optional<std::string> StoredJournal::check_indexes() const {
  std::size_t due_expected = 0;
  for (const auto& [ref, record] : deliveries) {
    if (record.state != DeliveryState::pending) {
      if (!fates.contains({record.slice, record.state, ref})) {
        return fmt::format("rule 4: {} is {} and not among the fates", text(ref),
                           to_string(record.state));
      }
    } else if (record.is_due()) {
      ++due_expected;
      if (!due.contains({ref.destination, record.due, ref.sequence})) {
        return fmt::format("rule 3: {} is pending and not in the due index", text(ref));
      }
    }
  }
  if (due.size() != due_expected) {
    return fmt::format("rule 3: the due index has {} entries, {} deliveries are due", due.size(),
                       due_expected);
  }
  std::size_t pending = 0;
  for (const auto& [ref, record] : deliveries) {
    pending += record.state == DeliveryState::pending ? 1 : 0;
  }
  if (fates.size() != deliveries.size() - pending) {
    return fmt::format("rule 4: there are {} fates for {} settled deliveries", fates.size(),
                       deliveries.size() - pending);
  }
  return std::nullopt;
}

std::optional<std::string> StoredJournal::check_order() const {
  std::size_t in_order = 0;
  for (const auto& [ref, record] : deliveries) {
    if (!record.is_in_order()) {
      if (record.blocked) {
        return fmt::format("rule 6: {} is blocked, but in no order", text(ref));
      }
      continue;
    }
    ++in_order;
    const auto place =
        order.find({ref.destination, record.ordering_key, record.position, ref.sequence});
    if (place == order.end()) {
      return fmt::format("rule 6: {} has no place in the order of its key", text(ref));
    }
    const auto first = order.lower_bound({ref.destination, record.ordering_key, 0, 0});
    if (record.blocked != (record.order == core::Order::per_key && place != first)) {
      return fmt::format("rule 6: {} is {}first of its key and {}blocked", text(ref),
                         place == first ? "" : "not ", record.blocked ? "" : "not ");
    }
  }
  if (order.size() != in_order) {
    return fmt::format("rule 6: the order has {} places, {} deliveries wait in it", order.size(),
                       in_order);
  }
  return std::nullopt;
}

std::optional<std::string> StoredJournal::check_books() const {
  std::map<journal::AccountKey, journal::Counts> counted;
  for (const auto& [ref, record] : deliveries) {
    journal::Counts& counts = counted[{record.slice, ref.destination}];
    ++counts.accepted;
    ++counts.in(record.state);
  }
  for (const auto& [account, counts] : counters) {
    if (!counts.balanced()) {
      return fmt::format("rule 1: slice {}, destination {}: accepted {}, sum of states {}",
                         account.first, account.second, counts.accepted, counts.sum());
    }
    if (account.first != journal::kRetiredSlice && counts != counted[account]) {
      return fmt::format("rule 2: slice {}, destination {}: the books say {}, a scan {}",
                         account.first, account.second, counts.accepted, counted[account].accepted);
    }
  }
  for (const auto& [account, counts] : counted) {
    if (!counters.contains(account)) {
      return fmt::format("rule 2: slice {}, destination {}: {} deliveries, no books", account.first,
                         account.second, counts.accepted);
    }
  }
  return std::nullopt;
}

std::optional<std::string> StoredJournal::check_events() const {
  for (const auto& [ref, record] : deliveries) {
    if (!events.contains(ref.sequence)) {
      return fmt::format("rule 5: {} has no event", text(ref));
    }
    const bool needs_body = record.state == DeliveryState::pending ||
                            record.state == DeliveryState::dead ||
                            record.state == DeliveryState::expired;
    if (needs_body && !bodies.contains(ref.sequence)) {
      return fmt::format("rule 5: {} is {} and has no body", text(ref), to_string(record.state));
    }
  }
  for (const auto& [sequence, head] : events) {
    const auto id = ids.find(head.id);
    if (id == ids.end() || id->second != sequence) {
      return fmt::format("event {} is not found by its id", sequence);
    }
    if (sequence >= commit.next_sequence) {
      return fmt::format("event {} lies beyond the next sequence {}", sequence,
                         commit.next_sequence);
    }
  }
  return std::nullopt;
}

std::optional<std::string> StoredJournal::check_erased() const {
  for (const auto& [ref, record] : deliveries) {
    if (record.reason != core::Reason::erased) {
      continue;
    }
    const journal::EventHead& head = events.at(ref.sequence);
    if (!is_erased(ref.sequence) || record.state != DeliveryState::purged) {
      return fmt::format("rule 7: {} is erased, but not all of its event", text(ref));
    }
    if (bodies.contains(ref.sequence) || head.body_size != 0 || !head.headers.empty() ||
        answers.contains(ref)) {
      return fmt::format("rule 7: {} is erased, and something of it is still there", text(ref));
    }
  }
  return std::nullopt;
}

std::optional<std::string> StoredJournal::imbalance() const {
  if (auto found = check_indexes()) {
    return found;
  }
  if (auto found = check_order()) {
    return found;
  }
  if (auto found = check_books()) {
    return found;
  }
  if (auto found = check_events()) {
    return found;
  }
  return check_erased();
}

std::uint64_t fingerprint(const journal::Readable& store) {
  std::uint64_t hash = 0;
  for (std::size_t table = 0; table < journal::kTables; ++table) {
    const auto scanned =
        store.scan(static_cast<Table>(table), {}, keys::after({}), journal::Direction::forward,
                   [&](std::string_view key, std::string_view value) {
                     hash = (hash ^ std::hash<std::string_view>{}(key)) * 0x100000001b3ULL + table;
                     hash = (hash ^ std::hash<std::string_view>{}(value)) * 0x100000001b3ULL;
                     return true;
                   });
    if (!scanned) {
      return 0;
    }
  }
  return hash;
}

}  // namespace spillway::simulation
