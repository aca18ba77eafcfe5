#include "tests/simulation/spool/spool_world.hpp"

#include <fmt/format.h>

#include <utility>

#include "journal/audit.hpp"
#include "journal/keys.hpp"
#include "journal/reader.hpp"
#include "retry/control_record.hpp"
#include "retry/partition_window.hpp"
#include "retry/spool_record.hpp"

namespace spillway::simulation {

using core::Custody;
using core::DeliveryState;

namespace {

constexpr journal::DestinationNumber kDestination = 1;
// So long after an attempt its outcome is where other nodes see it.
constexpr core::Duration kOutcomeKnown = std::chrono::seconds(3);

}  // namespace

SpoolWorld::SpoolWorld(Environment& around)
    : environment(around),
      clock(around.scheduler, around.wall),
      log(clock, topics, 1) {}  // one partition each: the control topic has no more

std::size_t SpoolWorld::times_taken(const core::EventId& event) const {
  const auto found = taken_.find(event);
  return found == taken_.end() ? 0 : found->second;
}

void SpoolWorld::violate(std::string what) {
  if (!violation_) {
    violation_ = std::move(what);
  }
}

void SpoolWorld::froze(std::uint32_t node) {
  for (const auto& [event, last] : last_attempts_) {
    if (last.node == node && clock.now() - last.at < kOutcomeKnown) {
      explained_.insert(event);
    }
  }
}

void SpoolWorld::attempted(const core::EventId& event, std::uint32_t generation,
                           core::Time alive_since, std::uint32_t node) {
  last_attempts_[event] = {node, clock.now()};
  for (const retry::StoredMessage& message :
       log.messages(retry::TopicPartition{topics.control(), 0})) {
    const auto record = retry::ControlRecord::decode(message.message);
    const auto* asks = record ? std::get_if<retry::VoidCopies>(&record->asks) : nullptr;
    if (asks != nullptr && asks->event == event && asks->generation >= generation &&
        message.appended < alive_since) {
      violate(
          fmt::format("event {} is attempted in generation {} by a node that began after that "
                      "was void",
                      event.to_string(), generation));
      return;
    }
  }
}

void SpoolWorld::check_custody(const journal::Readable& store, std::uint16_t node_tag) {
  const journal::Reader reader(store);
  for (const retry::TopicPartition& partition : log.shared()) {
    const retry::RetryPosition done = log.position(partition);
    retry::PartitionWindow window(done.offset, done.done_above);
    for (const retry::StoredMessage& message : log.messages(partition)) {
      const auto record = retry::SpoolRecord::decode(message.message);
      // Of the others nobody asks whether they are done, so the window need not know them.
      const bool here = record && record->event->id.node_tag() == node_tag;
      if (!here || message.offset < done.offset || !window.take(message.offset)) {
        continue;
      }
      const auto sequence = reader.sequence_of(record->event->id);
      const auto delivery = *sequence ? *reader.delivery({**sequence, kDestination})
                                      : std::optional<journal::DeliveryRecord>();
      if (!delivery) {
        violate(fmt::format("{} is in the log and in no journal", message.message.key));
      } else if (delivery->generation == record->generation &&
                 delivery->state == DeliveryState::pending && delivery->custody == Custody::local &&
                 !delivery->replicated) {
        violate(
            fmt::format("{} may be attempted by its node and by all others", message.message.key));
      }
    }
  }
  const auto report = journal::audit(store);
  if (!report) {
    violate(report.error().message);
  } else if (!report->problems.empty()) {
    violate(report->problems.front());
  }
}

bool SpoolWorld::has_converged(const journal::Readable& store, std::uint16_t node_tag) const {
  const journal::Reader reader(store);
  for (const core::EventId& event : acked_) {
    if (event.node_tag() != node_tag) {
      continue;
    }
    const auto sequence = reader.sequence_of(event);
    const auto delivery = *sequence ? *reader.delivery({**sequence, kDestination})
                                    : std::optional<journal::DeliveryRecord>();
    if (delivery && delivery->state == DeliveryState::pending) {
      return false;
    }
  }
  // Nor is anything left whose sender was told to come back.
  const auto waiting = reader.handed(Custody::replicating, std::nullopt, 1);
  return waiting && waiting->empty();
}

void SpoolWorld::check_converged(const journal::Readable& store, std::uint16_t node_tag) {
  check_custody(store, node_tag);
  const journal::Reader reader(store);
  for (const core::EventId& event : acked_) {
    if (event.node_tag() != node_tag) {
      continue;
    }
    const auto sequence = reader.sequence_of(event);
    const auto delivery = *sequence ? *reader.delivery({**sequence, kDestination})
                                    : std::optional<journal::DeliveryRecord>();
    if (!delivery) {
      violate(fmt::format("event {} was acked and is not in the journal", event.to_string()));
      continue;
    }
    const std::size_t taken = times_taken(event);
    if (delivery->state == DeliveryState::purged && is_erasing(event)) {
      continue;
    }
    if (delivery->state != DeliveryState::delivered || taken == 0) {
      violate(fmt::format("event {} is {} in custody {} and was taken {} times", event.to_string(),
                          core::to_string(delivery->state), core::to_string(delivery->custody),
                          taken));
    } else if (calm_ && taken != 1 && !is_explained(event)) {
      violate(fmt::format("event {} was taken {} times, and nothing explains it", event.to_string(),
                          taken));
    }
  }
}

}  // namespace spillway::simulation
