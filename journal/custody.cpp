#include "journal/custody.hpp"

#include <utility>

#include "core/check.hpp"
#include "core/planted_bug.hpp"
#include "journal/keys.hpp"
#include "journal/reader.hpp"
#include "journal/settle.hpp"
#include "journal/stage.hpp"

namespace spillway::journal {

using core::Custody;
using core::DeliveryState;

namespace {

core::Result<bool> move(Stage& stage, const GenerationRef& delivery, Custody from, Custody to) {
  const auto before = find_pending(stage, delivery);
  if (!before) {
    return std::unexpected(before.error());
  }
  if (!*before || (*before)->custody != from) {
    return false;
  }
  CHECK((*before)->order == core::Order::none);
  DeliveryRecord after = **before;
  after.custody = to;
  // Its copy is not needed where the log is known to have the delivery.
  after.replicated = after.replicated && to != Custody::kafka;
  stage.change(delivery.ref, **before, after);
  return true;
}

}  // namespace

core::Result<std::optional<DeliveryRecord>> find_pending(const Stage& stage,
                                                         const GenerationRef& delivery) {
  auto record = stage.find(delivery.ref);
  if (record && *record &&
      ((*record)->state != DeliveryState::pending ||
       (*record)->generation != delivery.generation)) {
    return std::nullopt;
  }
  return record;
}

HandOver::HandOver(core::Executor& reply_to, GenerationRef delivery, Callback callback)
    : SyncedCommand(reply_to, std::move(callback)), delivery_(delivery) {}

core::Result<bool> HandOver::decide(Stage& stage) {
  return move(stage, delivery_, Custody::local, Custody::handing);
}

ConfirmHandOver::ConfirmHandOver(core::Executor& reply_to, GenerationRef delivery,
                                 Callback callback)
    : DecidedCommand(reply_to, std::move(callback)), delivery_(delivery) {}

core::Result<bool> ConfirmHandOver::decide(Stage& stage) {
  return move(stage, delivery_, Custody::handing, Custody::kafka);
}

TakeBack::TakeBack(core::Executor& reply_to, std::vector<GenerationRef> deliveries,
                   Callback callback)
    : SyncedCommand(reply_to, std::move(callback)), deliveries_(std::move(deliveries)) {}

core::Result<std::vector<OpenDelivery>> TakeBack::decide(Stage& stage) {
  const Reader reader(stage.store());
  std::vector<OpenDelivery> taken;
  for (const GenerationRef& delivery : deliveries_) {
    const auto before = find_pending(stage, delivery);
    if (!before) {
      return std::unexpected(before.error());
    }
    if (!*before || !(*before)->is_handed()) {
      continue;
    }
    const auto head = reader.head(delivery.ref.sequence);
    if (!head || !*head) {
      return core::fail(core::ErrorCode::corrupt, "a delivery handed over has no event");
    }
    DeliveryRecord after = **before;
    after.custody = Custody::local;
    after.replicated = false;
    if constexpr (core::kPlantedBug != core::PlantedBug::taken_back_unvoided) {
      void_copies(stage, delivery.ref, **before, (*head)->id);
      ++after.generation;
    }
    stage.change(delivery.ref, **before, after);
    taken.push_back({delivery.ref, std::move(after)});
  }
  return taken;
}

ApplyFates::ApplyFates(core::Executor& reply_to, std::vector<Fate> fates, LedgerRecord position,
                       Callback callback)
    : SyncedCommand(reply_to, std::move(callback)),
      fates_(std::move(fates)),
      position_(std::move(position)) {}

core::Result<std::size_t> ApplyFates::decide(Stage& stage) {
  std::size_t applied = 0;
  for (const Fate& fate : fates_) {
    const auto done = apply(stage, fate);
    if (!done) {
      return std::unexpected(done.error());
    }
    applied += *done ? 1 : 0;
  }
  stage.put(Table::meta, keys::kLedger, position_.encode());
  return applied;
}

core::Result<bool> ApplyFates::apply(Stage& stage, const Fate& fate) {
  const auto sequence = Reader(stage.store()).sequence_of(fate.event);
  if (!sequence) {
    return std::unexpected(sequence.error());
  }
  if (!*sequence) {
    return false;
  }
  const DeliveryRef ref{**sequence, fate.destination};
  const auto before = find_pending(stage, {ref, fate.generation});
  if (!before) {
    return std::unexpected(before.error());
  }
  // Of what has a copy a fate tells that others have taken it over.
  if (!*before || !((*before)->is_handed() || (*before)->has_copy())) {
    return false;
  }
  DeliveryRecord after = **before;
  after.custody = Custody::kafka;  // it has it, whether that was confirmed or not
  after.replicated = false;
  after.state = fate.state;
  after.reason = fate.reason;
  after.updated = stage.now();
  after.attempts = fate.attempts;
  if (fate.state == DeliveryState::pending) {
    after.due = fate.due;
  }
  if (fate.attempt.number > 0) {
    after.last_status = fate.attempt.status;
    record_attempt(stage, ref, fate.generation, fate.attempt);
  }
  stage.change(ref, **before, after);
  return true;
}

ForgetNotices::ForgetNotices(core::Executor& reply_to, std::vector<std::uint64_t> numbers,
                             Callback callback)
    : SyncedCommand(reply_to, std::move(callback)), numbers_(std::move(numbers)) {}

core::Result<std::size_t> ForgetNotices::decide(Stage& stage) {
  for (const std::uint64_t number : numbers_) {
    stage.erase(Table::meta, keys::notice(number));
  }
  return numbers_.size();
}

void void_copies(Stage& stage, DeliveryRef ref, const DeliveryRecord& record,
                 const core::EventId& event) {
  const NamedDestination* const destination = stage.destination(ref.destination);
  CHECK(destination != nullptr);
  NoticeRecord notice;
  notice.kind = NoticeRecord::Kind::void_copies;
  notice.destination = destination->name;
  notice.event = event;
  notice.generation = record.generation;
  stage.notify(notice);
}

}  // namespace spillway::journal
