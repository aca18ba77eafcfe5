// The port through which an engine hands over deliveries that wait long, so that any node may
// attempt them (docs/correctness.md 22). Only where there is a spool besides the local one. One per
// engine, on the engine's executor.
#pragma once

#include "core/byte_budget.hpp"
#include "core/clock.hpp"
#include "core/event.hpp"
#include "delivery/destination.hpp"
#include "journal/ordering.hpp"

#include <cstddef>
#include <functional>

namespace spillway::delivery {

// What is due sooner stays in the lane: most failures never leave it.
inline constexpr core::Duration kStaysLocal = std::chrono::seconds(30);

// A delivery as it stands in the journal: pending, in local custody, and held by its lane.
struct HandedDelivery {
  journal::OpenDelivery delivery;
  DestinationPtr destination;
  core::EventPtr event;
  core::ByteBudget::Reservation bytes{};  // for the event's body, while it is held here
  core::Duration paused{};                // Progress::paused
};

class Spool {
 public:
  using Callback = std::move_only_function<void(bool moved)>;

  virtual ~Spool() = default;

  // Whether a body of that size can be handed over now.
  [[nodiscard]] virtual bool takes(std::size_t body_bytes) const = 0;

  // Calls back exactly once, on the engine's executor, never from within the call: when the journal
  // says that the delivery is not local any more, or with false, when it stays so.
  virtual void hand_over(HandedDelivery handed, Callback callback) = 0;
};

}  // namespace spillway::delivery
