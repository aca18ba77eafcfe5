#include "journal/purge.hpp"

#include "core/check.hpp"
#include "core/planted_bug.hpp"
#include "journal/custody.hpp"
#include "journal/keys.hpp"
#include "journal/reader.hpp"

namespace spillway::journal {

using core::DeliveryState;

namespace {

DeliveryRecord as_purged(const Stage& stage, const DeliveryRecord& before, core::Reason reason) {
  DeliveryRecord after = before;
  after.state = DeliveryState::purged;
  after.reason = reason;
  after.blocked = after.parked = false;
  after.updated = stage.now();
  return after;
}

core::Result<void> erase_answers(Stage& stage, DeliveryRef ref) {
  const auto attempts = Reader(stage.store()).attempts(ref);
  if (!attempts) {
    return std::unexpected(attempts.error());
  }
  for (core::Attempt attempt : *attempts) {
    if (!attempt.excerpt.empty()) {
      attempt.excerpt.clear();
      stage.put(Table::attempts,
                keys::attempt(stage.region(ref.sequence), ref, attempt.generation, attempt.number),
                encode_attempt(attempt));
    }
  }
  return {};
}

}  // namespace

bool can_drop(const DeliveryRecord& record) {
  return record.state == DeliveryState::dead || record.state == DeliveryState::expired;
}

void drop(Stage& stage, DeliveryRef ref, const DeliveryRecord& before) {
  CHECK(can_drop(before));
  stage.change(ref, before, as_purged(stage, before, core::Reason::dropped));
}

core::Result<std::size_t> erase_event(Stage& stage, Sequence sequence, Opening& news) {
  auto head = Reader(stage.store()).head(sequence);
  if (!head) {
    return std::unexpected(std::move(head).error());
  }
  const auto deliveries = stage.deliveries_of(sequence);
  if (!deliveries) {
    return std::unexpected(deliveries.error());
  }
  if (!*head) {
    return 0;  // retention was here before
  }
  std::size_t ended = 0;
  for (const auto& [ref, record] : *deliveries) {
    if (auto erased = erase_answers(stage, ref); !erased) {
      return std::unexpected(std::move(erased).error());
    }
    if (record.state == DeliveryState::purged && record.reason == core::Reason::erased) {
      continue;
    }
    ++ended;
    const DeliveryRecord after = as_purged(stage, record, core::Reason::erased);
    if (record.state != DeliveryState::pending) {
      stage.change(ref, record, after);
      continue;
    }
    if (record.is_handed() || record.has_copy()) {  // or others may have taken it over
      void_copies(stage, ref, record, (*head)->id);
    }
    if constexpr (core::kPlantedBug != core::PlantedBug::purged_stays_in_memory) {
      news.ended.push_back({ref, after});
    }
    if (auto changed = change_pending(stage, ref, record, after, news.unblocked); !changed) {
      return std::unexpected(std::move(changed).error());
    }
  }
  const std::string key = keys::event(stage.region(sequence), sequence);
  (*head)->headers.clear();
  (*head)->body_size = 0;
  stage.put(Table::events, key, (*head)->encode());
  stage.erase(Table::bodies, key);
  return ended;
}

}  // namespace spillway::journal
