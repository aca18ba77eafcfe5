// Custody: a delivery that waits long is handed over to Kafka, where any node may attempt it, and
// has one custodian at any time (docs/correctness.md 22): local → handing → kafka, each move a
// compare-and-set on its generation. Its record and its books stay in this journal.
//
// To take a delivery back starts its next generation, so that nothing said of the one before, in
// Kafka or on its way, is taken for news; the attempts made so far and the time it has had count
// on.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/delivery.hpp"
#include "core/event_id.hpp"
#include "journal/command.hpp"
#include "journal/operate.hpp"
#include "journal/ordering.hpp"
#include "journal/records.hpp"

namespace spillway::journal {

struct GenerationRef {
  DeliveryRef ref;
  std::uint32_t generation = 0;
};

// local → handing: nobody attempts it from here on. Synced, since what is written next to Kafka
// must not be known there alone. False: it has moved on.
class HandOver final : public SyncedCommand<bool> {
 public:
  HandOver(core::Executor& reply_to, GenerationRef delivery, Callback callback);

 private:
  core::Result<bool> decide(Stage& stage) override;

  GenerationRef delivery_;
};

// handing → kafka: Kafka has it. Where that is lost it is taken back, so it is not synced. False:
// it has moved on.
class ConfirmHandOver final : public DecidedCommand<bool> {
 public:
  ConfirmHandOver(core::Executor& reply_to, GenerationRef delivery, Callback callback);

  [[nodiscard]] Durability durability() const override { return Durability::written; }

 private:
  core::Result<bool> decide(Stage& stage) override;

  GenerationRef delivery_;
};

// handing or kafka → local, each as the next generation of its delivery; copies that may be in
// Kafka are void, and all nodes are told so. The result is what is local now.
class TakeBack final : public SyncedCommand<std::vector<OpenDelivery>> {
 public:
  TakeBack(core::Executor& reply_to, std::vector<GenerationRef> deliveries, Callback callback);

 private:
  core::Result<std::vector<OpenDelivery>> decide(Stage& stage) override;

  std::vector<GenerationRef> deliveries_;
};

// What the ledger says became of a delivery in Kafka's custody.
struct Fate {
  core::EventId event;
  DestinationNumber destination = kNoDestination;
  std::uint32_t generation = 0;
  core::DeliveryState state = core::DeliveryState::pending;
  core::Reason reason = core::Reason::none;
  core::Time due;
  std::uint32_t attempts = 0;
  core::Attempt attempt;  // number 0: none was made
};

// Applies fates and remembers how far the ledger has been read. The result is how many applied: the
// others speak of what has moved on, or is not here.
class ApplyFates final : public SyncedCommand<std::size_t> {
 public:
  ApplyFates(core::Executor& reply_to, std::vector<Fate> fates, LedgerRecord position,
             Callback callback);

 private:
  core::Result<std::size_t> decide(Stage& stage) override;
  static core::Result<bool> apply(Stage& stage, const Fate& fate);

  std::vector<Fate> fates_;
  LedgerRecord position_;
};

// The other nodes have been told: these notices are done.
class ForgetNotices final : public SyncedCommand<std::size_t> {
 public:
  ForgetNotices(core::Executor& reply_to, std::vector<std::uint64_t> numbers, Callback callback);

 private:
  core::Result<std::size_t> decide(Stage& stage) override;

  std::vector<std::uint64_t> numbers_;
};

// The record as it is, if it is pending in that generation still.
[[nodiscard]] core::Result<std::optional<DeliveryRecord>> find_pending(
    const Stage& stage, const GenerationRef& delivery);

// Tells all nodes that copies of this delivery, which Kafka may hold, are not to be attempted.
void void_copies(Stage& stage, DeliveryRef ref, const DeliveryRecord& record,
                 const core::EventId& event);

}  // namespace spillway::journal
