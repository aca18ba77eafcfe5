#include "retry/copy_recall.hpp"

#include "journal/replication.hpp"

#include <memory>
#include <utility>

namespace spillway::retry {

void CopyRecall::start(What what, Done done) {
  what_ = what;
  done_ = std::move(done);
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
  return found.empty() && what_ == What::all ? standing_.next() : std::move(found);
}

}  // namespace spillway::retry
