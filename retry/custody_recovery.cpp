#include "retry/custody_recovery.hpp"

#include "core/log.hpp"
#include "journal/custody.hpp"
#include "journal/reader.hpp"

#include <memory>
#include <utility>

namespace spillway::retry {

void CustodyRecovery::take_back(core::Custody custody, Done done) {
  next(custody, 0, std::move(done));
}

void CustodyRecovery::next(core::Custody custody, std::size_t so_far, Done done) {
  const auto handed = journal::Reader(store_).handed(custody, std::nullopt, kBatchMax);
  if (handed && handed->empty()) {
    return done(so_far);
  }
  const auto again = [this, custody, so_far](Done later) {
    executor_.run_at(clock_.now() + kSecondTry,
                     [this, custody, so_far, then = std::move(later)]() mutable {
                       next(custody, so_far, std::move(then));
                     });
  };
  if (!handed) {
    core::log(core::LogLevel::error, "custody.unreadable", {{"error", handed.error().message}});
    return again(std::move(done));
  }
  std::vector<journal::GenerationRef> deliveries;
  for (const journal::DueDelivery& delivery : *handed) {
    deliveries.push_back({delivery.ref, delivery.record.generation});
  }
  commands_.submit(std::make_unique<journal::TakeBack>(
      executor_, std::move(deliveries),
      [this, custody, so_far, again,
       then = std::move(done)](core::Result<std::vector<journal::OpenDelivery>> taken) mutable {
        if (!taken) {
          return again(std::move(then));
        }
        const std::size_t count = so_far + taken->size();
        taken_(*std::move(taken));
        next(custody, count, std::move(then));
      }));
}

}  // namespace spillway::retry
