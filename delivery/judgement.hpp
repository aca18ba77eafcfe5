// What came of an attempt, and what follows from it: the one place that reads a
// destination's answer. Pure.
//
//   2xx                delivered
//   410                the destination is paused, the delivery waits on
//   other 4xx          as on_4xx says; but 408, 425 and 429 ask for another try
//   anything else      tried again: 3xx is never followed, 5xx may pass
//   no response        tried again: deferred when nothing was sent, else unknown
//
// Retry-After is honoured on every answer that is tried again, and holds the destination's other
// deliveries as well.
#pragma once

#include "core/delivery.hpp"
#include "delivery/destination.hpp"
#include "delivery/pace.hpp"
#include "delivery/schedule.hpp"
#include "delivery/sender.hpp"
#include "journal/reopen.hpp"
#include "journal/settle.hpp"

#include <cstdint>
#include <optional>

namespace spillway::delivery {

struct Judgement {
  journal::Settlement settlement;
  bool pause_destination = false;
  // It may have arrived and will be sent again: a repeat, if it did.
  bool may_repeat = false;
  Health health;
};

// The circumstances of an attempt that has just ended.
struct AttemptEnd {
  core::Time started;
  core::Time now;
  core::Duration paused{};   // Progress::paused
  std::uint64_t random = 0;  // for the jitter
};

[[nodiscard]] Judgement judge(const DestinationOptions& options,
                              const journal::OpenDelivery& delivery, SendResult result,
                              const AttemptEnd& end);

// The end of a delivery whose time ran out while it waited, if it did: no attempt is to be made.
// `down`: its destination is known to be.
[[nodiscard]] std::optional<journal::Settlement> end_without_attempt(
    const DestinationOptions& options, const journal::OpenDelivery& delivery,
    const Progress& progress, bool down);

}  // namespace spillway::delivery
