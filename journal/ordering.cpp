#include "journal/ordering.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "core/check.hpp"
#include "core/planted_bug.hpp"
#include "journal/versions.hpp"

namespace spillway::journal {

using core::DeliveryState;
using core::Order;

namespace {

OrderingKey key_of(DeliveryRef ref, const DeliveryRecord& record) {
  return {ref.destination, record.ordering_key};
}

core::Result<DeliveryRecord> find_placed(const Stage& stage, DeliveryRef ref) {
  auto record = stage.find(ref);
  if (!record) {
    return std::unexpected(std::move(record).error());
  }
  if (!*record) {
    return core::fail(core::ErrorCode::corrupt, "a place in an order has no delivery");
  }
  return **std::move(record);
}

// What is known of the key: the newest version seen, or where that is forgotten, the one that still
// waits. No more than one waits, since each takes the place of the one before.
core::Result<std::optional<VersionRecord>> newest_version(const Stage& stage, OrderingKey key) {
  auto known = stage.find_version(key);
  if (!known || *known) {
    return known;
  }
  return stage.find_waiting_version(key);
}

core::Result<void> supersede(Stage& stage, DeliveryRef ref, OrderingKey key, Opening& opening) {
  const auto before = stage.find(ref);
  if (!before) {
    return std::unexpected(before.error());
  }
  if (!*before || !(*before)->is_in_order() || (*before)->order != Order::latest ||
      (*before)->ordering_key != key.hash) {
    return {};  // it is done
  }
  DeliveryRecord after = **before;
  after.state = DeliveryState::superseded;
  after.reason = core::Reason::newer_version;
  after.updated = stage.now();
  opening.ended.push_back({ref, after});
  return change_pending(stage, ref, **before, after, opening.unblocked);
}

// False: a newer version is known.
core::Result<bool> enforce_version(Stage& stage, DeliveryRef ref, const DeliveryRecord& record,
                                   Opening& opening) {
  const OrderingKey key = key_of(ref, record);
  const VersionRecord own{record.version, ref.sequence, stage.now() + kVersionWindow};
  const auto newest = newest_version(stage, key);
  if (!newest) {
    return std::unexpected(newest.error());
  }
  if (*newest && older(own, **newest)) {
    return false;
  }
  if (*newest) {
    const DeliveryRef outdated{(*newest)->sequence, ref.destination};
    if (auto done = supersede(stage, outdated, key, opening); !done) {
      return std::unexpected(std::move(done).error());
    }
  }
  stage.set_version(key, own);
  return true;
}

}  // namespace

std::vector<OpenDelivery> news_for_delivery(Opening opening) {
  std::vector<OpenDelivery> news = std::move(opening.opened);
  std::erase_if(news, [](const OpenDelivery& delivery) { return delivery.record.blocked; });
  std::ranges::move(opening.unblocked, std::back_inserter(news));
  std::ranges::move(opening.ended, std::back_inserter(news));
  return news;
}

core::Result<void> take_place(Stage& stage, DeliveryRef ref, DeliveryRecord& record,
                              Opening& opening) {
  CHECK(record.state == DeliveryState::pending);
  if (record.order == Order::none) {
    return {};
  }
  if (record.order == Order::latest && !record.version.empty()) {
    const auto newest = enforce_version(stage, ref, record, opening);
    if (!newest) {
      return std::unexpected(newest.error());
    }
    if (!*newest) {
      record.state = DeliveryState::superseded;
      record.reason = core::Reason::newer_version;
      return {};
    }
  }
  record.position = stage.take_position();
  if (record.order == Order::per_key) {
    const auto first = stage.order().first(key_of(ref, record));
    if (!first) {
      return std::unexpected(first.error());
    }
    constexpr bool overtakes = core::kPlantedBug == core::PlantedBug::second_overtakes;
    record.blocked = first->has_value() && !overtakes;
  }
  return {};
}

core::Result<void> change_pending(Stage& stage, DeliveryRef ref, const DeliveryRecord& before,
                                  const DeliveryRecord& after,
                                  std::vector<OpenDelivery>& unblocked) {
  CHECK(before.state == DeliveryState::pending);
  stage.change(ref, before, after);
  constexpr bool blocks_on = core::kPlantedBug == core::PlantedBug::parked_blocks_on;
  if (!before.is_in_order() || after.is_in_order() || before.blocked ||
      (blocks_on && after.parked)) {
    return {};
  }
  const OrderingKey key = key_of(ref, before);
  const Place left{before.position, ref.sequence};
  const auto next = stage.order().next(key, left);
  if (!next || !*next) {
    return next ? core::Result<void>{} : std::unexpected(next.error());
  }
  const DeliveryRef next_ref{(*next)->sequence, ref.destination};
  const auto waiting = find_placed(stage, next_ref);
  if (!waiting) {
    return std::unexpected(waiting.error());
  }
  const auto first = stage.order().first(key);
  if (!first) {
    return std::unexpected(first.error());
  }
  if (!waiting->blocked || **first != **next) {
    return {};
  }
  DeliveryRecord due = *waiting;
  due.blocked = false;
  due.due = due.updated = stage.now();
  stage.change(next_ref, *waiting, due);
  unblocked.push_back({next_ref, std::move(due)});
  return {};
}

}  // namespace spillway::journal
