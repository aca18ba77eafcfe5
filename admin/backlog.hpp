// The deliveries of each destination by state, from the books, and since when the oldest pending
// one has waited. Read on the reader; plain data elsewhere.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "admin/journal_view.hpp"
#include "core/clock.hpp"
#include "core/delivery.hpp"
#include "core/error.hpp"
#include "journal/books.hpp"
#include "journal/records.hpp"

namespace spillway::admin {

struct DestinationBacklog {
  std::string name;
  journal::DestinationRecord record;
  journal::Counts counts;
  // When it was accepted; an estimate by a sample when very many wait.
  std::optional<core::Time> oldest_pending;
};

// All destinations that the journal knows, in order of their names, then the pseudo-destination.
core::Result<std::vector<DestinationBacklog>> read_backlogs(const JournalView& view,
                                                            const journal::Books::Totals& totals);

// The newest attempt of a sample of what waits for the destination, for as long as no attempt of
// this process has failed; empty: nothing of it was attempted.
core::Result<std::optional<core::Attempt>> sample_last_failure(const JournalView& view,
                                                               journal::DestinationNumber number);

// By how much accepted and the sum of the states differ, of one destination or over all: 0, or the
// books are wrong.
[[nodiscard]] std::uint64_t unaccounted(const journal::Counts& counts);
[[nodiscard]] std::uint64_t unaccounted(const journal::Books::Totals& totals);

}  // namespace spillway::admin
