#include "admin/backlog.hpp"

namespace spillway::admin {

namespace {

// Retries spread due times apart, so the first one due need not be the oldest.
constexpr std::size_t kSample = 16;

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
      const auto oldest = view.reader().oldest_pending(number, kSample);
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

journal::Counts sum_of(const journal::Books::Totals& totals) {
  journal::Counts sum;
  for (const auto& [number, counts] : totals) {
    sum += counts;
  }
  return sum;
}

std::uint64_t unaccounted(const journal::Books::Totals& totals) {
  std::uint64_t difference = 0;
  for (const auto& [number, counts] : totals) {
    const std::uint64_t sum = counts.sum();
    difference += counts.accepted > sum ? counts.accepted - sum : sum - counts.accepted;
  }
  return difference;
}

}  // namespace spillway::admin
