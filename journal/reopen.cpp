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

core::Result<void> open_delivery(Stage& stage, DeliveryRef ref, const Target& target, Slice slice,
                                 core::Time accepted, Opening& opening) {
  DeliveryRecord record;
  record.slice = slice;
  record.accepted = accepted;
  record.opened = record.due = record.updated = stage.now();
  record.paused_before = paused_so_far(stage, ref.destination);
  record.order = target.order;
  record.ordering_key = target.ordering_key;
  record.version = target.version;
  if (target.replicate) {
    CHECK(target.order == core::Order::none);
    record.custody = core::Custody::replicating;
  }
  if (auto placed = take_place(stage, ref, record, opening); !placed) {
    return placed;
  }
  stage.open(ref, record);
  if (record.state == DeliveryState::pending) {
    opening.opened.push_back({ref, std::move(record)});
  }
  return {};
}

bool can_reopen(const DeliveryRecord& record) {
  return record.state != DeliveryState::pending && record.state != DeliveryState::purged;
}

core::Result<void> reopen(Stage& stage, DeliveryRef ref, const DeliveryRecord& before,
                          Rejoin rejoin, Opening& opening) {
  CHECK(can_reopen(before));
  DeliveryRecord after = before;
  ++after.generation;
  after.state = DeliveryState::pending;
  after.custody = core::Custody::local;
  after.replicated = false;
  after.parked = after.out_of_order =
      rejoin == Rejoin::out_of_order && before.order != core::Order::none;
  after.reason = core::Reason::none;
  after.attempts = 0;
  after.opened = after.due = after.updated = stage.now();
  after.paused_before = paused_so_far(stage, ref.destination);
  if (!after.parked) {
    if (auto placed = take_place(stage, ref, after, opening); !placed) {
      return placed;
    }
  }
  stage.change(ref, before, after);
  if (after.state == DeliveryState::pending) {
    opening.opened.push_back({ref, std::move(after)});
  }
  return {};
}

core::Result<void> reroute(Stage& stage, Sequence sequence, const DeliveryRecord& before,
                           const std::vector<Target>& targets, Opening& opening) {
  if (targets.empty()) {
    return {};
  }
  DeliveryRecord after = before;
  after.state = DeliveryState::superseded;
  after.reason = core::Reason::rerouted;
  after.updated = stage.now();
  stage.change({sequence, kNoDestination}, before, after);
  for (const Target& target : targets) {
    if (auto opened = open_delivery(stage, {sequence, target.destination}, target, before.slice,
                                    before.accepted, opening);
        !opened) {
      return opened;
    }
  }
  return {};
}

}  // namespace spillway::journal
