#include "journal/reader.hpp"

#include <algorithm>

namespace spillway::journal {

using core::ErrorCode;

namespace {

constexpr core::Custody kOtherCustodies[] = {core::Custody::handing, core::Custody::kafka,
                                             core::Custody::replicating};

core::Result<void> damaged(std::string_view what) {
  return core::fail(ErrorCode::corrupt, std::string("a stored ").append(what) + " does not decode");
}

// Runs a scan whose visitor may fail; the first failure ends it and is the result.
core::Result<void> scan_checked(
    const Readable& readable, Table table, std::string_view from, std::string_view to,
    Direction direction,
    const std::function<core::Result<bool>(std::string_view, std::string_view)>& visitor) {
  core::Result<void> outcome;
  const auto scanned =
      readable.scan(table, from, to, direction, [&](std::string_view key, std::string_view value) {
        const auto more = visitor(key, value);
        if (!more) {
          outcome = std::unexpected(more.error());
          return false;
        }
        return *more;
      });
  return scanned ? outcome : scanned;
}

// Gets and decodes one record; empty if it is not there.
template <class Decode>
auto get_decoded(const Readable& readable, Table table, const std::string& key, Decode&& decode)
    -> core::Result<std::optional<typename decltype(decode(std::string_view()))::value_type>> {
  const auto stored = readable.get(table, key);
  if (!stored) {
    return std::unexpected(stored.error());
  }
  if (!*stored) {
    return std::nullopt;
  }
  auto decoded = decode(std::string_view(**stored));
  if (!decoded) {
    return std::unexpected(std::move(decoded).error());
  }
  return std::optional(*std::move(decoded));
}

}  // namespace

core::Result<CommitRecord> Reader::commit() const {
  auto record =
      get_decoded(*readable_, Table::meta, std::string(keys::kCommit), CommitRecord::decode);
  if (!record) {
    return std::unexpected(record.error());
  }
  return record->value_or(CommitRecord{});
}

core::Result<Region> Reader::region(Sequence sequence) const {
  const auto record = commit();
  if (!record) {
    return std::unexpected(record.error());
  }
  return region_of(sequence, record->retired_below);
}

core::Result<DueScan> Reader::due(DestinationNumber destination, core::Time from, core::Time until,
                                  std::size_t limit,
                                  const std::function<bool(DeliveryRef)>& skip) const {
  const auto record = commit();
  if (!record) {
    return std::unexpected(record.error());
  }
  DueScan result;
  std::vector<keys::DueKey> found;
  const auto scanned =
      scan_checked(*readable_, Table::due, keys::due(destination, from, 0),
                   keys::after(keys::number_prefix(destination)), Direction::forward,
                   [&](std::string_view key, std::string_view) -> core::Result<bool> {
                     const auto parsed = keys::parse_due(key);
                     if (!parsed) {
                       return std::unexpected(damaged("due entry").error());
                     }
                     if (parsed->due <= until && skip({parsed->sequence, destination})) {
                       return true;
                     }
                     if (parsed->due > until || found.size() == limit) {
                       result.next_due = parsed->due;
                       return false;
                     }
                     found.push_back(*parsed);
                     return true;
                   });
  if (!scanned) {
    return std::unexpected(scanned.error());
  }
  for (const keys::DueKey& entry : found) {
    const DeliveryRef ref{entry.sequence, destination};
    const std::string key = keys::delivery(region_of(ref.sequence, record->retired_below), ref);
    auto delivery = get_decoded(*readable_, Table::deliveries, key, DeliveryRecord::decode);
    if (!delivery) {
      return std::unexpected(delivery.error());
    }
    if (*delivery && (*delivery)->state == core::DeliveryState::pending &&
        (*delivery)->due == entry.due) {
      result.deliveries.push_back({ref, **std::move(delivery)});
    } else {
      // Settled, or moved to the kept region, between the two reads: the next look tells. To pass
      // it here could be to forget it for ever.
      result.next_due = std::min(result.next_due.value_or(entry.due), entry.due);
    }
  }
  return result;
}

core::Result<std::vector<DueDelivery>> Reader::handed(core::Custody custody,
                                                      std::optional<DeliveryRef> after,
                                                      std::size_t limit) const {
  std::vector<DueDelivery> found;
  const std::string prefix = keys::handed_prefix(custody);
  const std::string from = after ? keys::after(keys::handed(custody, *after)) : prefix;
  const auto scanned =
      scan_checked(*readable_, Table::handed, from, keys::after(prefix), Direction::forward,
                   [&](std::string_view key, std::string_view) -> core::Result<bool> {
                     const auto parsed = keys::parse_handed(key);
                     if (!parsed) {
                       return std::unexpected(damaged("entry of a delivery handed over").error());
                     }
                     auto record = delivery(parsed->ref);
                     if (!record) {
                       return std::unexpected(std::move(record).error());
                     }
                     if (*record && (*record)->is_handed()) {
                       found.push_back({parsed->ref, **std::move(record)});
                     }
                     return found.size() < limit;
                   });
  if (!scanned) {
    return std::unexpected(scanned.error());
  }
  return found;
}

core::Result<bool> Reader::hands_over_any() const {
  for (const core::Custody custody : kOtherCustodies) {
    const auto first = handed(custody, std::nullopt, 1);
    if (!first || !first->empty()) {
      return first ? core::Result<bool>(true) : std::unexpected(first.error());
    }
  }
  return false;
}

core::Result<std::vector<Notice>> Reader::notices(std::uint64_t after, std::size_t limit) const {
  std::vector<Notice> found;
  const std::string prefix(keys::kNoticePrefix);
  const auto scanned = scan_checked(
      *readable_, Table::meta, keys::notice(after + 1), keys::after(prefix), Direction::forward,
      [&](std::string_view key, std::string_view value) -> core::Result<bool> {
        const auto number = keys::parse_notice(key);
        auto notice = NoticeRecord::decode(value);
        if (!number || !notice) {
          return std::unexpected(damaged("notice").error());
        }
        found.push_back({*number, *std::move(notice)});
        return found.size() < limit;
      });
  if (!scanned) {
    return std::unexpected(scanned.error());
  }
  return found;
}

core::Result<std::optional<LedgerRecord>> Reader::ledger() const {
  return get_decoded(*readable_, Table::meta, std::string(keys::kLedger), LedgerRecord::decode);
}

core::Result<std::optional<core::Time>> Reader::earliest_due(DestinationNumber destination) const {
  std::optional<core::Time> earliest;
  const auto scanned =
      scan_checked(*readable_, Table::due, keys::number_prefix(destination),
                   keys::after(keys::number_prefix(destination)), Direction::forward,
                   [&](std::string_view key, std::string_view) -> core::Result<bool> {
                     const auto parsed = keys::parse_due(key);
                     if (!parsed) {
                       return std::unexpected(damaged("due entry").error());
                     }
                     earliest = parsed->due;
                     return false;
                   });
  if (!scanned) {
    return std::unexpected(scanned.error());
  }
  return earliest;
}

core::Result<std::optional<core::Time>> Reader::oldest_pending(DestinationNumber destination,
                                                               std::size_t sample) const {
  const auto none = [](DeliveryRef) { return false; };
  const auto first = due(destination, core::Time{}, core::Time::max(), sample, none);
  if (!first) {
    return std::unexpected(first.error());
  }
  std::optional<core::Time> oldest;
  for (const DueDelivery& delivery : first->deliveries) {
    oldest = std::min(oldest.value_or(delivery.record.accepted), delivery.record.accepted);
  }
  for (const core::Custody custody : kOtherCustodies) {
    const auto next = handed(custody, DeliveryRef{0, destination}, 1);
    if (!next) {
      return std::unexpected(next.error());
    }
    if (!next->empty() && next->front().ref.destination == destination) {
      const core::Time accepted = next->front().record.accepted;
      oldest = std::min(oldest.value_or(accepted), accepted);
    }
  }
  return oldest;
}

core::Result<std::optional<Sequence>> Reader::sequence_of(const core::EventId& id) const {
  const auto stored = readable_->get(Table::ids, keys::id(id));
  if (!stored) {
    return std::unexpected(stored.error());
  }
  if (!*stored) {
    return std::nullopt;
  }
  const auto sequence = keys::parse_id_value(**stored);
  if (!sequence) {
    return std::unexpected(damaged("event id").error());
  }
  return sequence;
}

core::Result<std::optional<EventHead>> Reader::head(Sequence sequence) const {
  const auto where = region(sequence);
  if (!where) {
    return std::unexpected(where.error());
  }
  return get_decoded(*readable_, Table::events, keys::event(*where, sequence), EventHead::decode);
}

core::Result<std::optional<std::string>> Reader::body(Sequence sequence) const {
  const auto where = region(sequence);
  if (!where) {
    return std::unexpected(where.error());
  }
  return readable_->get(Table::bodies, keys::event(*where, sequence));
}

core::Result<core::EventPtr> Reader::event(Sequence sequence, const SourceNames& names) const {
  auto stored_head = head(sequence);
  if (!stored_head) {
    return std::unexpected(stored_head.error());
  }
  auto stored_body = body(sequence);
  if (!stored_body) {
    return std::unexpected(stored_body.error());
  }
  if (!*stored_head || !*stored_body) {
    return core::EventPtr{};
  }
  auto made = std::make_shared<core::Event>();
  made->id = (*stored_head)->id;
  const auto name = names.find((*stored_head)->source);
  made->source = name == names.end() ? "?" : name->second;
  made->received = (*stored_head)->received;
  made->headers = std::move((*stored_head)->headers);
  made->untouched = (*stored_head)->untouched;
  made->claim = (*stored_head)->claim;
  made->body = **std::move(stored_body);
  return core::EventPtr(std::move(made));
}

core::Result<std::optional<DeliveryRecord>> Reader::delivery(DeliveryRef ref) const {
  const auto where = region(ref.sequence);
  if (!where) {
    return std::unexpected(where.error());
  }
  return get_decoded(*readable_, Table::deliveries, keys::delivery(*where, ref),
                     DeliveryRecord::decode);
}

core::Result<std::vector<DueDelivery>> Reader::deliveries(Sequence sequence) const {
  const auto where = region(sequence);
  if (!where) {
    return std::unexpected(where.error());
  }
  std::vector<DueDelivery> found;
  const std::string prefix = keys::event(*where, sequence);
  const auto scanned =
      scan_checked(*readable_, Table::deliveries, prefix, keys::after(prefix), Direction::forward,
                   [&](std::string_view key, std::string_view value) -> core::Result<bool> {
                     const auto parsed = keys::parse_delivery(key);
                     auto record = DeliveryRecord::decode(value);
                     if (!parsed || !record) {
                       return std::unexpected(damaged("delivery").error());
                     }
                     found.push_back({parsed->ref, *std::move(record)});
                     return true;
                   });
  if (!scanned) {
    return std::unexpected(scanned.error());
  }
  return found;
}

core::Result<void> Reader::scan_attempts(DeliveryRef ref, Direction direction,
                                         const std::function<bool(core::Attempt)>& visitor) const {
  const auto where = region(ref.sequence);
  if (!where) {
    return std::unexpected(where.error());
  }
  const std::string prefix = keys::delivery(*where, ref);
  return scan_checked(*readable_, Table::attempts, prefix, keys::after(prefix), direction,
                      [&](std::string_view key, std::string_view value) -> core::Result<bool> {
                        const auto parsed = keys::parse_attempt(key);
                        if (!parsed) {
                          return std::unexpected(damaged("attempt").error());
                        }
                        auto attempt = decode_attempt(value, parsed->generation, parsed->number);
                        if (!attempt) {
                          return std::unexpected(attempt.error());
                        }
                        return visitor(*std::move(attempt));
                      });
}

core::Result<std::vector<core::Attempt>> Reader::attempts(DeliveryRef ref) const {
  std::vector<core::Attempt> found;
  const auto scanned = scan_attempts(ref, Direction::forward, [&found](core::Attempt attempt) {
    found.push_back(std::move(attempt));
    return true;
  });
  if (!scanned) {
    return std::unexpected(scanned.error());
  }
  return found;
}

core::Result<std::optional<core::Attempt>> Reader::last_attempt(DeliveryRef ref) const {
  std::optional<core::Attempt> last;
  const auto scanned = scan_attempts(ref, Direction::backward, [&last](core::Attempt attempt) {
    last = std::move(attempt);
    return false;
  });
  if (!scanned) {
    return std::unexpected(scanned.error());
  }
  return last;
}

core::Result<bool> Reader::events_in(
    Region region, Sequence from, Sequence to, Direction direction,
    const std::function<bool(Sequence, const EventHead&)>& visitor) const {
  bool wants_more = true;
  const auto scanned = scan_checked(
      *readable_, Table::events, keys::event(region, from), keys::event(region, to), direction,
      [&](std::string_view key, std::string_view value) -> core::Result<bool> {
        const auto parsed = keys::parse_event(key);
        const auto decoded = EventHead::decode(value);
        if (!parsed || !decoded) {
          return std::unexpected(damaged("event head").error());
        }
        wants_more = visitor(parsed->ref.sequence, *decoded);
        return wants_more;
      });
  if (!scanned) {
    return std::unexpected(scanned.error());
  }
  return wants_more;
}

core::Result<void> Reader::events_before(
    Sequence before, const std::function<bool(Sequence, const EventHead&)>& visitor) const {
  const auto record = commit();
  if (!record) {
    return std::unexpected(record.error());
  }
  const Sequence border = record->retired_below;
  auto more = events_in(Region::live, border, before, Direction::backward, visitor);
  if (more && *more) {
    more = events_in(Region::kept, 0, std::min(before, border), Direction::backward, visitor);
  }
  return more ? core::Result<void>{} : std::unexpected(more.error());
}

core::Result<void> Reader::events_from(
    Sequence from, Sequence to,
    const std::function<bool(Sequence, const EventHead&)>& visitor) const {
  const auto record = commit();
  if (!record) {
    return std::unexpected(record.error());
  }
  const Sequence border = record->retired_below;
  auto more = events_in(Region::kept, from, std::min(to, border), Direction::forward, visitor);
  if (more && *more) {
    more = events_in(Region::live, std::max(from, border), to, Direction::forward, visitor);
  }
  return more ? core::Result<void>{} : std::unexpected(more.error());
}

core::Result<void> Reader::fates(
    core::DeliveryState state, std::optional<DestinationNumber> only, const std::string& cursor,
    const std::function<bool(const std::string& cursor, const keys::FateKey&)>& visitor) const {
  // One range per slice that has any, newest first; the kept region (slice 0) comes last.
  Slice slice = kRetiredSlice;
  std::string upper;  // exclusive; a cursor names the last one returned
  if (const auto at = keys::parse_fate(cursor)) {
    slice = at->slice;
    upper = cursor;
  }
  for (;;) {
    const std::string prefix =
        only ? keys::fate_prefix(slice, state, *only) : keys::fate_prefix(slice, state);
    const std::string to = upper.empty() ? keys::after(prefix) : upper;
    bool wants_more = true;
    const auto scanned =
        scan_checked(*readable_, Table::fates, prefix, to, Direction::backward,
                     [&](std::string_view key, std::string_view) -> core::Result<bool> {
                       const auto parsed = keys::parse_fate(key);
                       if (!parsed) {
                         return std::unexpected(damaged("fate").error());
                       }
                       wants_more = visitor(std::string(key), *parsed);
                       return wants_more;
                     });
    if (!scanned || !wants_more || slice == kKeptSlice) {
      return scanned;
    }
    // The next lower slice that has fates at all.
    Slice next = kKeptSlice;
    const auto sought =
        readable_->scan(Table::fates, {}, keys::number_prefix(slice), Direction::backward,
                        [&](std::string_view key, std::string_view) {
                          if (const auto parsed = keys::parse_fate(key)) {
                            next = parsed->slice;
                          }
                          return false;
                        });
    if (!sought) {
      return sought;
    }
    slice = next;
    upper.clear();
  }
}

core::Result<void> Reader::fates_from(DestinationNumber destination, core::DeliveryState state,
                                      Sequence from,
                                      const std::function<bool(Sequence)>& visitor) const {
  // The kept region (slice 0) has the oldest sequences, and later slices have later ones.
  for (std::optional<Slice> slice = kKeptSlice; slice;) {
    bool wants_more = true;
    const auto scanned =
        scan_checked(*readable_, Table::fates, keys::fate(*slice, state, {from, destination}),
                     keys::after(keys::fate_prefix(*slice, state, destination)), Direction::forward,
                     [&](std::string_view key, std::string_view) -> core::Result<bool> {
                       const auto parsed = keys::parse_fate(key);
                       if (!parsed) {
                         return std::unexpected(damaged("fate").error());
                       }
                       wants_more = visitor(parsed->ref.sequence);
                       return wants_more;
                     });
    if (!scanned || !wants_more) {
      return scanned;
    }
    const std::string beyond = keys::number_prefix(*slice + 1);
    slice.reset();
    const auto sought = readable_->scan(Table::fates, beyond, keys::after({}), Direction::forward,
                                        [&](std::string_view key, std::string_view) {
                                          if (const auto parsed = keys::parse_fate(key)) {
                                            slice = parsed->slice;
                                          }
                                          return false;
                                        });
    if (!sought) {
      return sought;
    }
  }
  return {};
}

core::Result<std::vector<NamedDestinationRecord>> Reader::destinations() const {
  std::vector<NamedDestinationRecord> found;
  const std::string prefix(keys::kDestinationPrefix);
  const auto scanned =
      scan_checked(*readable_, Table::meta, prefix, keys::after(prefix), Direction::forward,
                   [&](std::string_view key, std::string_view value) -> core::Result<bool> {
                     auto record = DestinationRecord::decode(value);
                     if (!record) {
                       return std::unexpected(record.error());
                     }
                     found.push_back({std::string(key.substr(prefix.size())), *std::move(record)});
                     return true;
                   });
  if (!scanned) {
    return std::unexpected(scanned.error());
  }
  return found;
}

core::Result<SourceNames> Reader::sources() const {
  SourceNames found;
  const std::string prefix(keys::kSourcePrefix);
  const auto scanned =
      scan_checked(*readable_, Table::meta, prefix, keys::after(prefix), Direction::forward,
                   [&](std::string_view key, std::string_view value) -> core::Result<bool> {
                     const auto record = SourceRecord::decode(value);
                     if (!record) {
                       return std::unexpected(record.error());
                     }
                     found.emplace(record->number, key.substr(prefix.size()));
                     return true;
                   });
  if (!scanned) {
    return std::unexpected(scanned.error());
  }
  return found;
}

}  // namespace spillway::journal
