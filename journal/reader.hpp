// Reader: questions about the journal's state, for lane refill, operators and audit. Works on the
// store or on a View of it; any thread. Never changes anything.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/delivery.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "journal/keys.hpp"
#include "journal/records.hpp"
#include "journal/store.hpp"

namespace spillway::journal {

struct DueDelivery {
  DeliveryRef ref;
  DeliveryRecord record;
};

struct DueScan {
  std::vector<DueDelivery> deliveries;
  // Due time of the first one after those returned; empty if nothing else waits.
  std::optional<core::Time> next_due;
};

struct NamedDestinationRecord {
  std::string name;
  DestinationRecord record;
};

struct Notice {
  std::uint64_t number = 0;
  NoticeRecord record;
};

using SourceNames = std::map<SourceNumber, std::string>;

class Reader {
 public:
  // The readable outlives the reader.
  explicit Reader(const Readable& readable) : readable_(&readable) {}

  // The pending local deliveries of a destination that are due at `until` or before, oldest first,
  // at most `limit`, starting from `from` (a due time; nothing below it is looked at) and leaving
  // out those for which `skip` holds.
  core::Result<DueScan> due(DestinationNumber destination, core::Time from, core::Time until,
                            std::size_t limit, const std::function<bool(DeliveryRef)>& skip) const;

  // Due time of the delivery of a destination that has waited longest; empty if none waits.
  core::Result<std::optional<core::Time>> earliest_due(DestinationNumber destination) const;
  // Acceptance time of the oldest pending delivery, found among the `sample` first due and, of
  // those that were handed over, the first accepted.
  core::Result<std::optional<core::Time>> oldest_pending(DestinationNumber destination,
                                                         std::size_t sample) const;

  core::Result<std::optional<Sequence>> sequence_of(const core::EventId& id) const;
  core::Result<std::optional<EventHead>> head(Sequence sequence) const;
  core::Result<std::optional<std::string>> body(Sequence sequence) const;
  // Head and body as the gateway made them; empty if either is gone. An unnamed source is "?".
  core::Result<core::EventPtr> event(Sequence sequence, const SourceNames& names) const;
  core::Result<std::optional<DeliveryRecord>> delivery(DeliveryRef ref) const;
  core::Result<std::vector<DueDelivery>> deliveries(Sequence sequence) const;
  // Those that are kept, oldest first.
  core::Result<std::vector<core::Attempt>> attempts(DeliveryRef ref) const;
  core::Result<std::optional<core::Attempt>> last_attempt(DeliveryRef ref) const;

  // Events in order of sequence, newest first, below `before`; the visitor ends the walk by false.
  core::Result<void> events_before(
      Sequence before, const std::function<bool(Sequence, const EventHead&)>& visitor) const;

  // The same from `from` on, oldest first, below `to`.
  core::Result<void> events_from(
      Sequence from, Sequence to,
      const std::function<bool(Sequence, const EventHead&)>& visitor) const;

  // Deliveries in a state that is not pending, newest slice first, at `cursor` or behind it (empty:
  // from the beginning). The visitor gets the cursor of each; it ends the walk by false.
  core::Result<void> fates(
      core::DeliveryState state, std::optional<DestinationNumber> only, const std::string& cursor,
      const std::function<bool(const std::string& cursor, const keys::FateKey&)>& visitor) const;

  // The same of one destination, oldest first, from a sequence on. An order that no retention
  // changes: what moves to the kept region stays where it is in it.
  core::Result<void> fates_from(DestinationNumber destination, core::DeliveryState state,
                                Sequence from, const std::function<bool(Sequence)>& visitor) const;

  // The pending deliveries in that custody, by destination and sequence, behind `after`, at most
  // `limit`.
  core::Result<std::vector<DueDelivery>> handed(core::Custody custody,
                                                std::optional<DeliveryRef> after,
                                                std::size_t limit) const;
  // Whether any delivery is in a custody other than this node's own.
  core::Result<bool> hands_over_any() const;
  // What other nodes are still to hear, oldest first, numbered above `after`, at most `limit`.
  core::Result<std::vector<Notice>> notices(std::uint64_t after, std::size_t limit) const;
  // Up to where the ledger is applied; empty: nothing was yet.
  core::Result<std::optional<LedgerRecord>> ledger() const;

  core::Result<std::vector<NamedDestinationRecord>> destinations() const;
  core::Result<SourceNames> sources() const;
  core::Result<CommitRecord> commit() const;

 private:
  core::Result<Region> region(Sequence sequence) const;
  // The attempts of a delivery in order of generation and number; the visitor ends it by false.
  core::Result<void> scan_attempts(DeliveryRef ref, Direction direction,
                                   const std::function<bool(core::Attempt)>& visitor) const;
  // Events of one region in [from, to). False: the visitor ended the walk.
  core::Result<bool> events_in(
      Region region, Sequence from, Sequence to, Direction direction,
      const std::function<bool(Sequence, const EventHead&)>& visitor) const;

  const Readable* readable_;
};

}  // namespace spillway::journal
