#include "journal/audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "journal/keys.hpp"
#include "journal/reader.hpp"

namespace spillway::journal {

using core::DeliveryState;

namespace {

constexpr std::size_t kPlaceBytes = 16;  // position and sequence, at the end of a row of `order`

class Auditor {
 public:
  Auditor(const Readable& frozen, const std::atomic<bool>& cancelled)
      : readable_(frozen), reader_(frozen), cancelled_(cancelled) {}

  core::Result<AuditReport> run() {
    using Step = core::Result<void> (Auditor::*)();
    for (const Step step : {&Auditor::read_commit, &Auditor::read_counters,
                            &Auditor::scan_deliveries, &Auditor::scan_due, &Auditor::scan_handed,
                            &Auditor::scan_order, &Auditor::scan_waiting_versions,
                            &Auditor::scan_fates, &Auditor::compare, &Auditor::name_destinations}) {
      if (auto done = (this->*step)(); !done) {
        return std::unexpected(std::move(done).error().in_context("audit"));
      }
    }
    return std::move(report_);
  }

 private:
  void problem(std::string text) {
    ++report_.problem_count;
    if (report_.problems.size() < AuditReport::kProblemsMax) {
      report_.problems.push_back(std::move(text));
    }
  }

  core::Result<void> read_commit() {
    const auto commit = reader_.commit();
    if (!commit) {
      return std::unexpected(commit.error());
    }
    commit_ = *commit;
    return {};
  }

  core::Result<void> read_counters() {
    return readable_.scan(
        Table::counters, {}, keys::after({}), Direction::forward,
        [&](std::string_view key, std::string_view value) {
          const auto parsed = keys::parse_counters(key);
          const auto counts = Counts::decode(value);
          if (!parsed || !counts) {
            problem("a stored counter does not decode");
            return true;
          }
          counters_[{parsed->slice, parsed->destination}] = *counts;
          if (!counts->balanced()) {
            problem(fmt::format("destination {} slice {}: accepted {} but the states sum to {}",
                                parsed->destination, parsed->slice, counts->accepted,
                                counts->sum()));
          }
          return true;
        });
  }

  core::Result<void> scan_deliveries() {
    const auto kept = scan_region(Region::kept, 0, commit_.retired_below);
    if (!kept) {
      return kept;
    }
    return scan_region(Region::live, commit_.retired_below, commit_.next_sequence);
  }

  // In chunks of sequences, so that memory stays bounded however large the journal is.
  core::Result<void> scan_region(Region region, Sequence from, Sequence to) {
    constexpr std::size_t kChunk = 50'000;
    while (from < to) {
      if (cancelled_) {
        return cancelled();
      }
      std::set<Sequence> heads;
      std::optional<Sequence> stopped_at;
      const auto scanned =
          readable_.scan(Table::events, keys::event(region, from), keys::event(region, to),
                         Direction::forward, [&](std::string_view key, std::string_view) {
                           const auto parsed = keys::parse_event(key);
                           if (heads.size() == kChunk) {
                             stopped_at = parsed ? parsed->ref.sequence : to;
                             return false;
                           }
                           if (parsed) {
                             heads.insert(parsed->ref.sequence);
                           }
                           return true;
                         });
      if (!scanned) {
        return scanned;
      }
      const Sequence end = stopped_at.value_or(to);
      if (auto chunk = scan_chunk(region, from, end, heads); !chunk) {
        return chunk;
      }
      report_.events += heads.size();
      from = end;
    }
    return {};
  }

  core::Result<void> scan_chunk(Region region, Sequence from, Sequence to,
                                const std::set<Sequence>& heads) {
    std::set<Sequence> bodies;
    const auto bodies_scanned =
        readable_.scan(Table::bodies, keys::event(region, from), keys::event(region, to),
                       Direction::forward, [&](std::string_view key, std::string_view) {
                         if (const auto parsed = keys::parse_event(key)) {
                           bodies.insert(parsed->ref.sequence);
                         }
                         return true;
                       });
    if (!bodies_scanned) {
      return bodies_scanned;
    }
    return readable_.scan(
        Table::deliveries, keys::event(region, from), keys::event(region, to), Direction::forward,
        [&](std::string_view key, std::string_view value) {
          const auto parsed = keys::parse_delivery(key);
          const auto record = DeliveryRecord::decode(value);
          if (!parsed || !record) {
            problem("a stored delivery does not decode");
            return true;
          }
          count(parsed->ref, *record);
          if (!heads.contains(parsed->ref.sequence)) {
            problem(fmt::format("event {} has a delivery but no head", parsed->ref.sequence));
          }
          const bool needs_body = record->state == DeliveryState::pending ||
                                  record->state == DeliveryState::dead ||
                                  record->state == DeliveryState::expired;
          if (needs_body && !bodies.contains(parsed->ref.sequence)) {
            problem(fmt::format("event {} is {} but its body is gone", parsed->ref.sequence,
                                core::to_string(record->state)));
          }
          return true;
        });
  }

  void count(DeliveryRef ref, const DeliveryRecord& record) {
    ++report_.deliveries;
    Counts& counts = scanned_[{record.slice, ref.destination}];
    ++counts.accepted;
    ++counts.in(record.state);
    expected_fates_ += record.state != DeliveryState::pending ? 1 : 0;
    expected_due_ += record.is_due() ? 1 : 0;
    expected_handed_ += record.is_handed() ? 1 : 0;
    expected_in_order_ += record.is_in_order() ? 1 : 0;
    expected_versions_ += record.is_version_in_order() ? 1 : 0;
    if (record.blocked && !record.is_in_order()) {
      problem(fmt::format("event {} destination {}: blocked, but in no order", ref.sequence,
                          ref.destination));
    }
  }

  // As many entries as there should be, each of which is right: so exactly the right ones.
  core::Result<void> scan_due() {
    std::uint64_t found = 0;
    core::Result<void> outcome;
    const auto scanned = readable_.scan(
        Table::due, {}, keys::after({}), Direction::forward,
        [&](std::string_view key, std::string_view) {
          ++found;
          const auto parsed = keys::parse_due(key);
          if (!parsed) {
            problem("a stored due entry does not decode");
            return true;
          }
          const auto record = delivery({parsed->sequence, parsed->destination}, outcome);
          if (!record || !record->is_due() || record->due != parsed->due) {
            problem(fmt::format("event {} destination {}: due entry without its delivery",
                                parsed->sequence, parsed->destination));
          }
          return outcome.has_value();
        });
    if (found != expected_due_) {
      problem(fmt::format("{} deliveries wait but the due index has {}", expected_due_, found));
    }
    return scanned ? outcome : scanned;
  }

  core::Result<void> scan_handed() {
    std::uint64_t found = 0;
    core::Result<void> outcome;
    const auto scanned = readable_.scan(
        Table::handed, {}, keys::after({}), Direction::forward,
        [&](std::string_view key, std::string_view) {
          ++found;
          const auto parsed = keys::parse_handed(key);
          if (!parsed) {
            problem("a stored entry of a delivery handed over does not decode");
            return true;
          }
          const auto record = delivery(parsed->ref, outcome);
          if (!record || !record->is_handed() || record->custody != parsed->custody) {
            problem(fmt::format("event {} destination {}: listed as {}, but is not",
                                parsed->ref.sequence, parsed->ref.destination,
                                core::to_string(parsed->custody)));
          }
          return outcome.has_value();
        });
    if (found != expected_handed_) {
      problem(
          fmt::format("{} deliveries are handed over but {} are listed", expected_handed_, found));
    }
    return scanned ? outcome : scanned;
  }

  // Only a key's first goes, the others of per_key wait; and one version waits at most.
  core::Result<void> scan_order() {
    std::uint64_t found = 0;
    std::string key_before;
    std::size_t versions = 0;
    core::Result<void> outcome;
    const auto scanned = readable_.scan(
        Table::order, {}, keys::after({}), Direction::forward,
        [&](std::string_view row, std::string_view) {
          ++found;
          const auto parsed = keys::parse_order(row);
          if (!parsed) {
            problem("a stored place in an order does not decode");
            return true;
          }
          const std::string_view key = row.substr(0, row.size() - kPlaceBytes);
          const bool first = key != key_before;
          key_before = key;
          const auto record = delivery(parsed->ref, outcome);
          if (!record || !record->is_in_order() || record->position != parsed->position ||
              record->ordering_key != parsed->ordering_key) {
            problem(fmt::format("event {} destination {}: a place in an order without its delivery",
                                parsed->ref.sequence, parsed->ref.destination));
            return outcome.has_value();
          }
          if (record->blocked != (record->order == core::Order::per_key && !first)) {
            problem(fmt::format("event {} destination {}: {} of its ordering key, and {}blocked",
                                parsed->ref.sequence, parsed->ref.destination,
                                first ? "first" : "not first", record->blocked ? "" : "not "));
          }
          versions = (first ? 0 : versions) + (record->version.empty() ? 0 : 1);
          if (versions > 1) {
            problem(
                fmt::format("event {} destination {}: a second version of its ordering key waits",
                            parsed->ref.sequence, parsed->ref.destination));
          }
          return outcome.has_value();
        });
    if (found != expected_in_order_) {
      problem(fmt::format("{} deliveries wait in order but the index has {}", expected_in_order_,
                          found));
    }
    return scanned ? outcome : scanned;
  }

  core::Result<void> scan_waiting_versions() {
    std::uint64_t found = 0;
    core::Result<void> outcome;
    const std::string from = keys::number_prefix(keys::kWaitingDay);
    const auto scanned = readable_.scan(
        Table::versions, from, keys::after(from), Direction::forward,
        [&](std::string_view key, std::string_view value) {
          ++found;
          const auto waiting = VersionRecord::decode(value);
          const auto destination = keys::parse_version_destination(key);
          if (!waiting || !destination) {
            problem("a stored version that waits does not decode");
            return true;
          }
          const DeliveryRef ref{waiting->sequence, *destination};
          const auto record = delivery(ref, outcome);
          if (!record || !record->is_version_in_order() || record->version != waiting->version ||
              keys::version(keys::kWaitingDay, *destination, record->ordering_key) != key) {
            problem(
                fmt::format("event {} destination {}: listed as the version that waits, but "
                            "is not",
                            ref.sequence, ref.destination));
          }
          return outcome.has_value();
        });
    if (found != expected_versions_) {
      problem(fmt::format("{} versions wait but {} are listed", expected_versions_, found));
    }
    return scanned ? outcome : scanned;
  }

  core::Result<void> scan_fates() {
    std::uint64_t found = 0;
    core::Result<void> outcome;
    const auto scanned = readable_.scan(
        Table::fates, {}, keys::after({}), Direction::forward,
        [&](std::string_view key, std::string_view) {
          ++found;
          const auto parsed = keys::parse_fate(key);
          if (!parsed) {
            problem("a stored fate does not decode");
            return true;
          }
          const auto record = delivery(parsed->ref, outcome);
          if (!record || record->state != parsed->state || record->slice != parsed->slice) {
            problem(fmt::format("event {} destination {}: listed as {} but is not",
                                parsed->ref.sequence, parsed->ref.destination,
                                core::to_string(parsed->state)));
          }
          return outcome.has_value();
        });
    if (found != expected_fates_) {
      problem(fmt::format("{} deliveries are settled but {} are listed", expected_fates_, found));
    }
    return scanned ? outcome : scanned;
  }

  static core::Result<void> cancelled() {
    return core::fail(core::ErrorCode::cancelled, "the node is stopping");
  }

  std::optional<DeliveryRecord> delivery(DeliveryRef ref, core::Result<void>& outcome) {
    if (cancelled_) {
      outcome = cancelled();
      return std::nullopt;
    }
    const std::string key = keys::delivery(region_of(ref.sequence, commit_.retired_below), ref);
    const auto stored = readable_.get(Table::deliveries, key);
    if (!stored) {
      outcome = std::unexpected(stored.error());
      return std::nullopt;
    }
    if (!*stored) {
      return std::nullopt;
    }
    auto record = DeliveryRecord::decode(**stored);
    return record ? std::optional(*std::move(record)) : std::nullopt;
  }

  core::Result<void> compare() {
    std::map<AccountKey, Counts> all = scanned_;
    all.insert(counters_.begin(), counters_.end());
    for (const auto& [key, unused] : all) {
      if (key.first == kRetiredSlice) {
        continue;  // no records left to count
      }
      const Counts counted = scanned_.contains(key) ? scanned_.at(key) : Counts{};
      const Counts stored = counters_.contains(key) ? counters_.at(key) : Counts{};
      for (std::size_t i = 0; i < core::kDeliveryStates; ++i) {
        if (counted.by_state[i] != stored.by_state[i]) {
          problem(fmt::format("destination {} slice {}: {} counted as {}, the books say {}",
                              key.second, key.first, counted.by_state[i],
                              core::to_string(static_cast<DeliveryState>(i)), stored.by_state[i]));
        }
      }
    }
    return {};
  }

  core::Result<void> name_destinations() {
    const auto named = reader_.destinations();
    if (!named) {
      return std::unexpected(named.error());
    }
    std::map<DestinationNumber, std::string> names{{kNoDestination, "-"}};
    for (const NamedDestinationRecord& destination : *named) {
      names[destination.record.number] = destination.name;
    }
    for (const auto& [key, counts] : counters_) {
      const auto name = names.find(key.second);
      if (name == names.end()) {
        problem(fmt::format("the books have a destination {} that has no name", key.second));
        continue;
      }
      report_.by_destination[name->second] += counts;
    }
    return {};
  }

  const Readable& readable_;
  Reader reader_;
  const std::atomic<bool>& cancelled_;
  CommitRecord commit_;
  std::map<AccountKey, Counts> counters_;
  std::map<AccountKey, Counts> scanned_;
  std::uint64_t expected_due_ = 0;
  std::uint64_t expected_handed_ = 0;
  std::uint64_t expected_in_order_ = 0;
  std::uint64_t expected_versions_ = 0;
  std::uint64_t expected_fates_ = 0;
  AuditReport report_;
};

}  // namespace

core::Result<AuditReport> audit(const Readable& frozen, const std::atomic<bool>& cancelled) {
  return Auditor(frozen, cancelled).run();
}

core::Result<AuditReport> audit(const Readable& frozen) {
  const std::atomic<bool> never{false};
  return audit(frozen, never);
}

}  // namespace spillway::journal
