#include "retry/spool_drain.hpp"

#include "delivery/schedule.hpp"

#include <memory>
#include <utility>

namespace spillway::retry {

void SpoolDrain::start(core::Time deadline, Done done) {
  deadline_ = deadline;
  done_ = std::move(done);
  auto sources = reader_.sources();
  auto destinations = reader_.destinations();
  if (!sources || !destinations) {
    return end(std::unexpected((sources ? destinations.error() : sources.error())));
  }
  sources_ = *std::move(sources);
  destinations_ = *std::move(destinations);
  step();
}

void SpoolDrain::end(core::Result<void> result) {
  if (result) {
    done_(drained_);
  } else {
    done_(std::unexpected(std::move(result).error()));
  }
}

void SpoolDrain::wait() {
  parts_.executor.run_at(parts_.clock.now() + kPause, [this] { step(); });
}

// A batch is there, or back here, before the next one: what comes back is tried again.
void SpoolDrain::step() {
  if (answers_awaited_ > 0 || parts_.desk.under_way() > 0) {
    return wait();
  }
  if (parts_.clock.now() >= deadline_) {
    return end({});
  }
  const auto more = hand_over_some();
  if (!more) {
    return end(std::unexpected(more.error()));
  }
  if (*more) {
    return wait();
  }
  drained_.finished = true;
  end({});
}

// Whether there was anything.
core::Result<bool> SpoolDrain::hand_over_some() {
  for (const journal::NamedDestinationRecord& destination : destinations_) {
    const auto more = hand_over_some(destination);
    if (!more || *more) {
      return more;
    }
  }
  return false;
}

core::Result<bool> SpoolDrain::hand_over_some(const journal::NamedDestinationRecord& destination) {
  const auto stays = [this](journal::DeliveryRef ref) { return staying_.contains(ref); };
  const auto found =
      reader_.due(destination.record.number, core::Time{}, core::Time::max(), kBatchMax, stays);
  if (!found) {
    return std::unexpected(found.error());
  }
  const core::Time now = parts_.clock.now();
  auto target = std::make_shared<delivery::Destination>();
  target->number = destination.record.number;
  target->options.name = destination.name;
  for (const journal::DueDelivery& delivery : found->deliveries) {
    auto event = reader_.event(delivery.ref.sequence, sources_);
    if (!event) {
      return std::unexpected(std::move(event).error());
    }
    const bool ordered = delivery.record.order != core::Order::none;
    const bool too_large = *event != nullptr && (*event)->body.size() > parts_.body_bytes_max;
    if (*event == nullptr || ordered || too_large) {
      staying_.insert(delivery.ref);
      ++(ordered ? drained_.ordered : drained_.too_large);
      continue;
    }
    if (!parts_.desk.takes((*event)->body.size())) {
      return true;  // a moment later, perhaps
    }
    delivery::HandedDelivery handed{{delivery.ref, delivery.record}, target, *std::move(event)};
    handed.paused = delivery::progress_of(delivery.record, destination.record, now).paused;
    ++answers_awaited_;
    parts_.desk.hand_over(std::move(handed), [this](bool moved) {
      --answers_awaited_;
      drained_.handed_over += moved ? 1 : 0;
    });
  }
  return !found->deliveries.empty();
}

}  // namespace spillway::retry
