#include "retry/replication_sweep.hpp"

#include "core/log.hpp"

#include <utility>

namespace spillway::retry {

void ReplicationSweep::start() {
  started_ = clock_.now();
  look();
}

void ReplicationSweep::stop() {
  stopped_ = true;
  executor_.cancel(std::exchange(timer_, 0));
}

void ReplicationSweep::look_again(core::Duration pause) {
  if (!stopped_) {
    timer_ = executor_.run_at(clock_.now() + pause, [this] { look(); });
  }
}

void ReplicationSweep::look() {
  if (!lease_.holds()) {
    look_again(kPause);
    return;
  }
  auto replicas = next();
  if (!replicas) {
    core::log(core::LogLevel::error, "replicas.unreadable", {{"error", replicas.error().message}});
  }
  if (!replicas || replicas->empty()) {
    look_again(kPause);
    return;
  }
  // Each for itself: one that cannot be written holds up no other.
  open_ = replicas->size();
  for (Replica& replica : *replicas) {
    std::vector<Replica> alone;
    alone.push_back(std::move(replica));
    replicator_.replicate(executor_, std::move(alone), [this](bool) {
      if (--open_ == 0) {
        look_again({});
      }
    });
  }
}

core::Result<std::vector<Replica>> ReplicationSweep::next() {
  const journal::Reader reader(store_);
  auto waiting = reader.handed(core::Custody::replicating, after_, kBatchMax);
  auto sources = reader.sources();
  const auto destinations = reader.destinations();
  if (!waiting || !sources || !destinations) {
    return std::unexpected(!waiting ? waiting.error()
                                    : (sources ? destinations.error() : sources.error()));
  }
  sources_ = *std::move(sources);
  for (const journal::NamedDestinationRecord& destination : *destinations) {
    destinations_[destination.record.number] = destination.name;
  }
  after_.reset();
  std::vector<Replica> replicas;
  std::size_t bytes = 0;
  for (journal::DueDelivery& delivery : *waiting) {
    after_ = delivery.ref;
    add(reader, std::move(delivery), replicas);
    bytes += replicas.empty() ? 0 : replicas.back().event->body.size();
    if (bytes >= kBatchBytesMax) {
      break;
    }
  }
  return replicas;
}

void ReplicationSweep::add(const journal::Reader& reader, journal::DueDelivery delivery,
                           std::vector<Replica>& replicas) const {
  const bool on_its_way =
      delivery.record.opened >= started_ && clock_.now() - delivery.record.opened < kAgeMin;
  if (on_its_way) {
    return;
  }
  auto event = reader.event(delivery.ref.sequence, sources_);
  if (!event || *event == nullptr) {
    core::log(core::LogLevel::error, "replica.unreadable", {{"sequence", delivery.ref.sequence}});
    return;
  }
  replicas.push_back({*std::move(event),
                      {delivery.ref, std::move(delivery.record)},
                      destinations_.at(delivery.ref.destination)});
}

}  // namespace spillway::retry
