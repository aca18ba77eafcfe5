#include "tests/simulation/recovery_watch.hpp"

#include <fmt/format.h>

#include "tests/simulation/stored_journal.hpp"

namespace spillway::simulation {
namespace {

// What was under way runs into its timeout, a paused destination is resumed, a probe is due within
// 10 s, and bodies may have to go one by one.
constexpr core::Duration kRecoveryMost = std::chrono::minutes(2);

}  // namespace

void RecoveryWatch::start(Node node) {
  // A probe whose event could not be read is back in the index after 10 s, maybe behind the walk
  // through it.
  if (node == Node::goes_on && environment_->options.faults.failed_read != 0) {
    return;
  }
  const auto journal = StoredJournal::read(node_->store());
  for (const auto& [ref, record] : journal->deliveries) {
    const bool owed = node == Node::started || node_->life()->pace.is_down(ref.destination);
    // By a clock that was ahead, which makes it look as if it had failed after the recovery.
    const bool changed_in_future = record.updated > node_->life()->clock.now();
    if (owed && record.state == core::DeliveryState::pending && !changed_in_future) {
      waiting_[ref.destination][ref] = record.updated;
    }
  }
  for (const auto& [destination, waiting] : waiting_) {
    core::Duration most = kRecoveryMost;
    if (const auto& rate = environment_->options.destinations[destination - 1].rate) {
      most += std::chrono::seconds(
          static_cast<std::int64_t>(static_cast<double>(waiting.size()) / rate->per_second));
    }
    environment_->scheduler.run_after(
        most, [this, waited_for = destination, most] { check(waited_for, most); });
  }
}

void RecoveryWatch::check(journal::DestinationNumber destination, core::Duration most) {
  const core::Time now = environment_->scheduler.now();
  if (!node_->life()) {
    return;
  }
  if (const core::Time held = node_->life()->pace.held_until(destination); now < held + most) {
    environment_->scheduler.run_after(held + most - now,
                                      [this, destination, most] { check(destination, most); });
    return;
  }
  const auto journal = StoredJournal::read(node_->store());
  for (const auto& [ref, updated] : waiting_[destination]) {
    const auto found = journal->deliveries.find(ref);
    if (found == journal->deliveries.end()) {
      continue;
    }
    // If it was attempted since, that had begun before and failed afterwards: its schedule holds.
    // Or it was behind another of its ordering key until now.
    const journal::DeliveryRecord& record = found->second;
    if (record.is_due() && record.updated == updated) {
      world_->violate(fmt::format("I12: delivery {}/{} still waits, {} s after all was well",
                                  ref.sequence, ref.destination,
                                  std::chrono::floor<std::chrono::seconds>(most).count()));
    }
  }
}

}  // namespace spillway::simulation
