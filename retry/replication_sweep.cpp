#include "retry/replication_sweep.hpp"

#include "core/log.hpp"

#include <map>
#include <string>
#include <utility>

namespace spillway::retry {

void ReplicationSweep::look() {
  const auto again = [this] {
    if (!stopped_) {
      timer_ = executor_.run_at(clock_.now() + kPause, [this] { look(); });
    }
  };
  if (!lease_.holds()) {
    return again();
  }
  auto replicas = next();
  if (!replicas) {
    core::log(core::LogLevel::error, "replicas.unreadable", {{"error", replicas.error().message}});
    return again();
  }
  if (replicas->empty()) {
    return again();
  }
  replicator_.replicate(executor_, *std::move(replicas), [again](bool) { again(); });
}

core::Result<std::vector<Replica>> ReplicationSweep::next() {
  const journal::Reader reader(store_);
  auto waiting = reader.handed(core::Custody::replicating, std::nullopt, kBatchMax);
  if (!waiting || waiting->empty()) {
    return waiting ? core::Result<std::vector<Replica>>()
                   : std::unexpected(std::move(waiting).error());
  }
  const auto sources = reader.sources();
  const auto destinations = reader.destinations();
  if (!sources || !destinations) {
    return std::unexpected(sources ? destinations.error() : sources.error());
  }
  std::map<journal::DestinationNumber, std::string> names;
  for (const journal::NamedDestinationRecord& destination : *destinations) {
    names[destination.record.number] = destination.name;
  }
  std::vector<Replica> replicas;
  for (journal::DueDelivery& delivery : *waiting) {
    const bool on_its_way =
        delivery.record.opened >= started_ && clock_.now() - delivery.record.opened < kAgeMin;
    auto event =
        on_its_way ? core::Result<core::EventPtr>() : reader.event(delivery.ref.sequence, *sources);
    if (!event) {
      return std::unexpected(std::move(event).error());
    }
    if (*event != nullptr) {
      const std::string name = names[delivery.ref.destination];
      replicas.push_back({*std::move(event), {delivery.ref, std::move(delivery.record)}, name});
    }
  }
  return replicas;
}

}  // namespace spillway::retry
