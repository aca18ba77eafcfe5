// StoredJournal: everything a store holds, read by a plain scan of every table and checked against
// docs/journal-format.md, "What must always hold". A second opinion, which shares with the journal
// only its codecs. Plain data, one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "core/error.hpp"
#include "core/event_id.hpp"
#include "journal/books.hpp"
#include "journal/keys.hpp"
#include "journal/records.hpp"
#include "journal/store.hpp"
#include "retry/job_record.hpp"

namespace spillway::simulation {

struct StoredJournal {
  journal::CommitRecord commit;
  std::map<journal::Sequence, journal::EventHead> events;
  std::map<journal::Sequence, std::string> bodies;
  std::map<core::EventId, journal::Sequence> ids;
  std::map<journal::DeliveryRef, journal::DeliveryRecord> deliveries;
  std::map<journal::DeliveryRef, std::map<std::uint32_t, std::uint32_t>> attempts;  // by generation
  std::set<std::tuple<journal::DestinationNumber, core::Time, journal::Sequence>> due;
  // Places in an order, by destination, ordering key and position.
  std::set<std::tuple<journal::DestinationNumber, std::string, std::uint64_t, journal::Sequence>>
      order;
  std::set<std::tuple<journal::Slice, core::DeliveryState, journal::DeliveryRef>> fates;
  std::map<journal::AccountKey, journal::Counts> counters;
  std::map<std::string, journal::DestinationRecord, std::less<>> destinations;
  std::set<journal::DeliveryRef> answers;  // of which something that was answered is kept
  std::vector<retry::JobRecord> jobs;

  // Fails on anything that does not decode.
  static core::Result<StoredJournal> read(const journal::Readable& store);

  // The sum of a destination's counters, retired slices included.
  [[nodiscard]] journal::Books::Totals totals() const;

  // Somebody had its data erased: every delivery of it has ended so.
  [[nodiscard]] bool is_erased(journal::Sequence sequence) const;

  // The first rule that does not hold; empty when all do.
  [[nodiscard]] std::optional<std::string> imbalance() const;

 private:
  [[nodiscard]] std::optional<std::string> check_indexes() const;
  [[nodiscard]] std::optional<std::string> check_order() const;
  [[nodiscard]] std::optional<std::string> check_books() const;
  [[nodiscard]] std::optional<std::string> check_events() const;
  [[nodiscard]] std::optional<std::string> check_erased() const;
};

// A hash over every row of the store: equal contents, equal hash.
[[nodiscard]] std::uint64_t fingerprint(const journal::Readable& store);

}  // namespace spillway::simulation
