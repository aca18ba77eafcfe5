// Settle: what came of one attempt, written as a compare-and-set on the delivery's generation. A
// delivery that was dropped, replayed or purged meanwhile is left alone, and its response excerpt
// is not written back (docs/correctness.md 1). Not synced at once: a lost one only causes a repeat.
#pragma once

#include <functional>
#include <vector>

#include "core/clock.hpp"
#include "core/delivery.hpp"
#include "journal/command.hpp"
#include "journal/ordering.hpp"
#include "journal/records.hpp"

namespace spillway::journal {

// The new state of the delivery, as the delivery engine decided it.
struct Settlement {
  DeliveryRef ref;
  std::uint32_t generation = 0;
  core::DeliveryState state = core::DeliveryState::pending;
  core::Reason reason = core::Reason::none;  // why, if given up on
  core::Time due;                            // next attempt, if still pending
  std::uint32_t attempts = 0;                // made in this generation
  // The attempt just made; number 0 when there was none (expired while waiting).
  core::Attempt attempt;
  // It no longer holds back its ordering key: what comes after it may overtake it. Without an
  // attempt that is all that changes.
  bool park = false;
};

// What a settlement did.
struct Settled {
  bool applied = false;  // false: the delivery had moved on
  // Deliveries of the same ordering key whose turn has come through it: they are due now.
  std::vector<OpenDelivery> unblocked;
  // It died as the newest version of its key: what its destination has of it stays an older one.
  bool newest_died = false;
};

// Attempts of one generation that are kept; older ones go as new ones come, so that no delivery
// takes more space the longer it fails.
inline constexpr std::uint32_t kAttemptsKept = 16;

// Stores an attempt of the delivery's generation, in the place of the oldest that is kept.
void record_attempt(Stage& stage, DeliveryRef ref, std::uint32_t generation,
                    const core::Attempt& attempt);

class Settle final : public Command {
 public:
  using Callback = std::move_only_function<void(core::Result<Settled>)>;

  Settle(core::Executor& reply_to, Settlement settlement, Callback callback);

  core::Result<void> stage(Stage& stage) override;
  void finish(core::Result<void> outcome) override;
  [[nodiscard]] Durability durability() const override { return Durability::written; }

 private:
  Settlement settlement_;
  Settled settled_;
  Callback callback_;
};

}  // namespace spillway::journal
