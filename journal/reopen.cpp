#include "journal/reopen.hpp"

#include <utility>

#include "core/check.hpp"

namespace spillway::journal {

using core::DeliveryState;

namespace {

core::Duration paused_so_far(const Stage& stage, DestinationNumber number) {
  const NamedDestination* destination = stage.destination(number);
  return destination == nullptr ? core::Duration{} : destination->record.paused_until(stage.now());
}

}  // namespace

OpenDelivery open_delivery(Stage& stage, DeliveryRef ref, const Target& target, Slice slice,
                           core::Time accepted) {
  DeliveryRecord record;
  record.slice = slice;
  record.accepted = accepted;
  record.opened = record.due = record.updated = stage.now();
  record.paused_before = paused_so_far(stage, ref.destination);
  record.ordering_key = target.ordering_key;
  record.version = target.version;
  stage.open(ref, record);
  return {ref, std::move(record)};
}

bool can_reopen(const DeliveryRecord& record) {
  return record.state != DeliveryState::pending && record.state != DeliveryState::purged;
}

OpenDelivery reopen(Stage& stage, DeliveryRef ref, const DeliveryRecord& before) {
  CHECK(can_reopen(before));
  DeliveryRecord after = before;
  ++after.generation;
  after.state = DeliveryState::pending;
  after.custody = core::Custody::local;
  after.parked = false;
  after.out_of_order = false;
  after.reason = core::Reason::none;
  after.attempts = 0;
  after.opened = after.due = after.updated = stage.now();
  after.paused_before = paused_so_far(stage, ref.destination);
  stage.change(ref, before, after);
  return {ref, std::move(after)};
}

std::vector<OpenDelivery> reroute(Stage& stage, Sequence sequence, const DeliveryRecord& before,
                                  const std::vector<Target>& targets) {
  std::vector<OpenDelivery> opened;
  if (targets.empty()) {
    return opened;
  }
  DeliveryRecord after = before;
  after.state = DeliveryState::superseded;
  after.reason = core::Reason::rerouted;
  after.updated = stage.now();
  stage.change({sequence, kNoDestination}, before, after);
  for (const Target& target : targets) {
    opened.push_back(open_delivery(stage, {sequence, target.destination}, target, before.slice,
                                   before.accepted));
  }
  return opened;
}

}  // namespace spillway::journal
