#include "journal/settle.hpp"

#include <utility>

#include "core/planted_bug.hpp"
#include "journal/keys.hpp"
#include "journal/ordering.hpp"
#include "journal/stage.hpp"

namespace spillway::journal {
namespace {

// While it is pending in the order of its key, no newer version is known: that would have taken its
// place. Of what was forced out of order nobody can say.
bool dies_as_newest(const DeliveryRecord& before, const DeliveryRecord& after) {
  return after.state == core::DeliveryState::dead && before.order == core::Order::latest &&
         !before.version.empty() && !before.out_of_order;
}

}  // namespace

void record_attempt(Stage& stage, DeliveryRef ref, std::uint32_t generation,
                    const core::Attempt& attempt) {
  const Region region = stage.region(ref.sequence);
  stage.put(Table::attempts, keys::attempt(region, ref, generation, attempt.number),
            encode_attempt(attempt));
  if (attempt.number > kAttemptsKept) {
    stage.erase(Table::attempts,
                keys::attempt(region, ref, generation, attempt.number - kAttemptsKept));
  }
}

Settle::Settle(core::Executor& reply_to, Settlement settlement, Callback callback)
    : Command(reply_to), settlement_(std::move(settlement)), callback_(std::move(callback)) {}

core::Result<void> Settle::stage(Stage& stage) {
  settled_ = {};
  const auto before = stage.find(settlement_.ref);
  if (!before) {
    return std::unexpected(before.error());
  }
  constexpr bool any_generation = core::kPlantedBug == core::PlantedBug::settle_ignores_generation;
  if (!*before || (!any_generation && (*before)->generation != settlement_.generation) ||
      (*before)->state != core::DeliveryState::pending ||
      (*before)->custody != core::Custody::local) {
    return {};
  }
  DeliveryRecord after = **before;
  after.state = settlement_.state;
  after.reason = settlement_.reason;
  // That it is parked says nothing about it: a lane that catches up after an outage would take it
  // for one that has failed since.
  const bool only_parks = settlement_.park && settlement_.attempt.number == 0;
  if (!only_parks) {
    after.updated = stage.now();
    after.attempts = settlement_.attempts;
  }
  if (settlement_.state == core::DeliveryState::pending) {
    if (!only_parks) {
      after.due = settlement_.due;
    }
    if (settlement_.park && after.order == core::Order::per_key) {
      after.parked = after.out_of_order = true;
      after.blocked = false;
    }
  } else {
    after.parked = after.blocked = false;
  }
  const core::Attempt& attempt = settlement_.attempt;
  if (attempt.number > 0) {
    after.last_status = attempt.status;
    record_attempt(stage, settlement_.ref, settlement_.generation, attempt);
  }
  if (auto changed = change_pending(stage, settlement_.ref, **before, after, settled_.unblocked);
      !changed) {
    return changed;
  }
  settled_.applied = true;
  settled_.newest_died = dies_as_newest(**before, after);
  return {};
}

void Settle::finish(core::Result<void> outcome) {
  if (outcome) {
    callback_(std::move(settled_));
  } else {
    callback_(std::unexpected(std::move(outcome).error()));
  }
}

}  // namespace spillway::journal
