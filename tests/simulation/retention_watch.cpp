#include "tests/simulation/retention_watch.hpp"

#include <iterator>

namespace spillway::simulation {
namespace {

using core::DeliveryState;

// Until a command that was handed in is decided.
constexpr core::Duration kCommitMost = std::chrono::minutes(1);

bool is_dead(const RetentionWatch::Delivery& delivery) {
  return delivery.state == DeliveryState::dead || delivery.state == DeliveryState::expired;
}

}  // namespace

void RetentionWatch::forgets_keys(core::Time now) {
  keys_forgotten_at_ = std::max(keys_forgotten_at_, now + kCommitMost);
}

void RetentionWatch::forgets_keys_early(core::Time now) {
  keys_gone_before_ = std::max<core::Time>(
      keys_gone_before_, std::chrono::floor<std::chrono::days>(now + kCommitMost));
}

void RetentionWatch::crashed(journal::Sequence durable_below) {
  for (auto& [id, event] : events_) {
    event.in_doubt |= event.sequence >= durable_below;
  }
}

void RetentionWatch::look(const StoredJournal& journal) {
  for (auto& [id, event] : events_) {
    for (auto& [destination, delivery] : event.deliveries) {
      delivery.gone = true;
    }
  }
  for (const auto& [ref, record] : journal.deliveries) {
    Event& event = events_[journal.events.at(ref.sequence).id];
    event.sequence = ref.sequence;
    event.accepted = record.accepted;
    event.in_doubt = false;
    event.deliveries[ref.destination] = {record.state, record.updated, false};
    if (const auto body = journal.bodies.find(ref.sequence); body != journal.bodies.end()) {
      event.body = body->second;
    }
  }
  for (auto event = events_.begin(); event != events_.end();) {
    std::erase_if(event->second.deliveries, [&](const auto& known) {
      return known.second.gone &&
             (event->second.in_doubt || !may_go({event->first, known.first}, known.second));
    });
    event = event->second.deliveries.empty() ? events_.erase(event) : std::next(event);
  }
}

bool RetentionWatch::may_go(const DeliveryName& name, const Delivery& delivery) const {
  if (world_->may_be_forgotten(name)) {
    return true;
  }
  return is_dead(delivery) ? delivery.updated + keep_dead_ <= latest_
                           : delivery.state != DeliveryState::pending;
}

bool RetentionWatch::has_gone(const DeliveryName& name) const {
  const auto event = events_.find(name.event);
  if (event == events_.end()) {
    return false;
  }
  const auto delivery = event->second.deliveries.find(name.destination);
  return delivery != event->second.deliveries.end() && delivery->second.gone;
}

std::uint64_t RetentionWatch::purged(journal::DestinationNumber destination) const {
  std::uint64_t purged = 0;
  for (const auto& [id, event] : events_) {
    const auto delivery = event.deliveries.find(destination);
    if (delivery != event.deliveries.end() && delivery->second.gone && is_dead(delivery->second) &&
        !world_->may_be_forgotten({id, destination})) {
      ++purged;
    }
  }
  return purged;
}

}  // namespace spillway::simulation
