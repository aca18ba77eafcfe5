#include "retry/copy_recall.hpp"

#include "journal/replication.hpp"

#include <memory>
#include <utility>

namespace spillway::retry {

void CopyRecall::start(What what, Done done) {
  what_ = what;
  done_ = std::move(done);
  auto destinations = reader_.destinations();
  if (!destinations) {
    done_(std::unexpected(std::move(destinations).error()));
    return;
  }
  destinations_ = *std::move(destinations);
  next();
}

void CopyRecall::next() {
  auto found = find();
  if (!found || found->empty()) {
    done_(found ? core::Result<std::size_t>(ended_) : std::unexpected(std::move(found).error()));
    return;
  }
  commands_.submit(std::make_unique<journal::EndCopies>(executor_, *std::move(found),
                                                        [this](core::Result<std::size_t> ended) {
                                                          if (!ended) {
                                                            done_(std::move(ended));
                                                            return;
                                                          }
                                                          ended_ += *ended;
                                                          next();
                                                        }));
}

core::Result<std::vector<journal::DeliveryRef>> CopyRecall::find() {
  std::vector<journal::DeliveryRef> found;
  const auto waiting = reader_.handed(core::Custody::replicating, std::nullopt, kBatchMax);
  if (!waiting) {
    return std::unexpected(waiting.error());
  }
  for (const journal::DueDelivery& delivery : *waiting) {
    found.push_back(delivery.ref);
  }
  return found.empty() && what_ == What::all ? find_standing() : std::move(found);
}

core::Result<std::vector<journal::DeliveryRef>> CopyRecall::find_standing() {
  std::vector<journal::DeliveryRef> found;
  while (found.empty() && !destinations_.empty()) {
    const auto page =
        reader_.due(destinations_.back().record.number, from_, core::Time::max(), kBatchMax,
                    [this](journal::DeliveryRef ref) { return seen_.contains(ref); });
    if (!page) {
      return std::unexpected(page.error());
    }
    if (page->deliveries.empty()) {
      destinations_.pop_back();
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

}  // namespace spillway::retry
