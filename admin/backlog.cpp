#include "admin/backlog.hpp"

#include <algorithm>

namespace spillway::admin {

namespace {

// How many are looked at from each end of the due index. What waits for its first attempt is due
// first; what has failed for days is due last.
constexpr std::size_t kSample = 16;

core::Result<std::vector<journal::DeliveryRef>> last_due(const JournalView& view,
                                                         journal::DestinationNumber number) {
  std::vector<journal::DeliveryRef> refs;
  const std::string from = journal::keys::number_prefix(number);
  const auto scanned = view.readable().scan(
      journal::Table::due, from, journal::keys::after(from), journal::Direction::backward,
      [&refs, number](std::string_view key, std::string_view) {
        if (const auto due = journal::keys::parse_due(key)) {
          refs.push_back({due->sequence, number});
        }
        return refs.size() < kSample;
      });
  if (!scanned) {
    return std::unexpected(scanned.error());
  }
  return refs;
}

core::Result<std::optional<core::Time>> oldest_pending(const JournalView& view,
                                                       journal::DestinationNumber number) {
  auto oldest = view.reader().oldest_pending(number, kSample);
  const auto last = last_due(view, number);
  if (!oldest || !last) {
    return oldest ? std::unexpected(last.error()) : oldest;
  }
  for (const journal::DeliveryRef ref : *last) {
    const auto record = view.reader().delivery(ref);
    if (!record) {
      return std::unexpected(record.error());
    }
    if (*record) {
      *oldest = std::min(oldest->value_or((*record)->accepted), (*record)->accepted);
    }
  }
  return oldest;
}

journal::Counts counts_of(const journal::Books::Totals& totals, journal::DestinationNumber number) {
  const auto found = totals.find(number);
  return found == totals.end() ? journal::Counts{} : found->second;
}

}  // namespace

core::Result<std::vector<DestinationBacklog>> read_backlogs(const JournalView& view,
                                                            const journal::Books::Totals& totals) {
  std::vector<DestinationBacklog> backlogs;
  for (const journal::NamedDestinationRecord& destination : view.destinations()) {
    const journal::DestinationNumber number = destination.record.number;
    DestinationBacklog backlog{destination.name, destination.record, counts_of(totals, number),
                               std::nullopt};
    if (backlog.counts.in(core::DeliveryState::pending) > 0) {
      const auto oldest = oldest_pending(view, number);
      if (!oldest) {
        return std::unexpected(oldest.error());
      }
      backlog.oldest_pending = *oldest;
    }
    backlogs.push_back(std::move(backlog));
  }
  backlogs.push_back({std::string(kNoDestinationName),
                      {},
                      counts_of(totals, journal::kNoDestination),
                      std::nullopt});
  return backlogs;
}

core::Result<std::optional<core::Attempt>> sample_last_failure(const JournalView& view,
                                                               journal::DestinationNumber number) {
  const auto refs = last_due(view, number);
  if (!refs) {
    return std::unexpected(refs.error());
  }
  std::optional<journal::DeliveryRef> newest;
  core::Time updated = core::Time::min();
  for (const journal::DeliveryRef ref : *refs) {
    const auto record = view.reader().delivery(ref);
    if (!record) {
      return std::unexpected(record.error());
    }
    if (*record && (*record)->attempts > 0 && (*record)->updated > updated) {
      newest = ref;
      updated = (*record)->updated;
    }
  }
  if (!newest) {
    return std::nullopt;
  }
  auto last = view.reader().last_attempt(*newest);
  // One that delivered is of a generation before: other nodes may have made those since.
  return last && *last && (*last)->outcome == core::Outcome::delivered ? std::nullopt : last;
}

std::uint64_t unaccounted(const journal::Counts& counts) {
  const std::uint64_t sum = counts.sum();
  return counts.accepted > sum ? counts.accepted - sum : sum - counts.accepted;
}

std::uint64_t unaccounted(const journal::Books::Totals& totals) {
  std::uint64_t difference = 0;
  for (const auto& [number, counts] : totals) {
    difference += unaccounted(counts);
  }
  return difference;
}

}  // namespace spillway::admin
