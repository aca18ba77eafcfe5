// A delivery on its way through the log: all that any node needs to attempt it, as one message of a
// retry topic (docs/cluster.md lists the headers). Its key is the delivery's, so that all copies of
// one lie in one partition of a topic. Pure.
#pragma once

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "journal/records.hpp"
#include "retry/spool_message.hpp"

#include <cstdint>
#include <string>

namespace spillway::retry {

// <event id>/<destination>
[[nodiscard]] std::string delivery_key(const core::EventId& event, std::string_view destination);

struct SpoolRecord {
  core::EventPtr event;
  std::string destination;
  std::uint32_t generation = 1;
  std::uint32_t hop = 0;       // how often it was written before
  std::uint32_t attempts = 0;  // made in this generation
  core::Time opened;           // start of this generation
  core::Duration paused{};     // of the time since then, its destination was paused for so long
  core::Time due;              // no attempt before
  std::string node;            // whose journal has it

  // As the journal has it; pauses are the caller's to add.
  [[nodiscard]] static SpoolRecord of(core::EventPtr event, std::string destination,
                                      const journal::DeliveryRecord& delivery, std::string node);

  [[nodiscard]] SpoolMessage encode() const;
  // Refuses with `corrupt` what is not such a message.
  static core::Result<SpoolRecord> decode(SpoolMessage message);
};

}  // namespace spillway::retry
