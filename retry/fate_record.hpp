// What became of a delivery that any node may have attempted, as one message of the ledger: the
// node whose journal has the delivery brings its books up to date with it. One for each attempt,
// and one for each end. Pure.
#pragma once

#include "core/clock.hpp"
#include "core/delivery.hpp"
#include "core/error.hpp"
#include "core/event_id.hpp"
#include "retry/spool_message.hpp"

#include <cstdint>
#include <string>

namespace spillway::retry {

struct FateRecord {
  core::EventId event;
  std::string destination;
  std::uint32_t generation = 1;
  core::DeliveryState state = core::DeliveryState::pending;
  core::Reason reason = core::Reason::none;
  core::Time due;              // while pending: when it is attempted again
  std::uint32_t attempts = 0;  // made in this generation
  core::Attempt attempt;       // the one just made; number 0: none was
  std::string worker;          // the node that made it

  [[nodiscard]] SpoolMessage encode() const;
  static core::Result<FateRecord> decode(const SpoolMessage& message);
};

}  // namespace spillway::retry
