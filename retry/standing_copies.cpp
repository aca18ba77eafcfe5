#include "retry/standing_copies.hpp"

#include <utility>

namespace spillway::retry {

core::Result<void> StandingCopies::begin() {
  if (destinations_) {
    return {};
  }
  auto destinations = reader_.destinations();
  if (!destinations) {
    return std::unexpected(std::move(destinations).error());
  }
  destinations_ = *std::move(destinations);
  return {};
}

core::Result<std::vector<journal::DeliveryRef>> StandingCopies::next() {
  std::vector<journal::DeliveryRef> found;
  if (auto begun = begin(); !begun) {
    return std::unexpected(std::move(begun).error());
  }
  while (found.empty() && !destinations_->empty()) {
    const auto page =
        reader_.due(destinations_->back().record.number, from_, core::Time::max(), kPageMax,
                    [this](journal::DeliveryRef ref) { return seen_.contains(ref); });
    if (!page) {
      return std::unexpected(page.error());
    }
    if (page->deliveries.empty()) {
      destinations_->pop_back();
      from_ = {};
      seen_.clear();
      continue;
    }
    for (const journal::DueDelivery& delivery : page->deliveries) {
      if (std::exchange(from_, delivery.record.due) != delivery.record.due) {
        seen_.clear();
      }
      seen_.insert(delivery.ref);
      if (delivery.record.replicated) {
        found.push_back(delivery.ref);
      }
    }
  }
  return found;
}

core::Result<bool> has_standing(const journal::Readable& store) {
  const auto first = StandingCopies(store).next();
  return first ? core::Result<bool>(!first->empty()) : std::unexpected(first.error());
}

}  // namespace spillway::retry
