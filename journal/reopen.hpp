// Opening deliveries: the first time when an event is accepted, again when a person replays it or
// its sender delivers it anew. Pure changes of a Stage, shared by the commands that need them.
#pragma once

#include <string>
#include <vector>

#include "journal/records.hpp"
#include "journal/stage.hpp"

namespace spillway::journal {

// A destination an event goes to, as routing decided.
struct Target {
  DestinationNumber destination = kNoDestination;
  std::string ordering_key;  // hashed; empty: unordered
  std::string version;
};

// A delivery that has become pending.
struct OpenDelivery {
  DeliveryRef ref;
  DeliveryRecord record;
};

// A new delivery in the given slice, accepted at the given time, due at once.
OpenDelivery open_delivery(Stage& stage, DeliveryRef ref, const Target& target, Slice slice,
                           core::Time accepted);

// What is not pending can be opened again, but for what a person or retention has purged.
[[nodiscard]] bool can_reopen(const DeliveryRecord& record);

// Starts the next generation of a delivery for which can_reopen() holds; `accepted` in the books
// does not grow (docs/correctness.md 2).
OpenDelivery reopen(Stage& stage, DeliveryRef ref, const DeliveryRecord& before);

// Gives an event that had no route the targets of today's routes: they are new deliveries, and the
// pseudo-delivery to "-" ends as superseded (rerouted).
std::vector<OpenDelivery> reroute(Stage& stage, Sequence sequence, const DeliveryRecord& before,
                                  const std::vector<Target>& targets);

}  // namespace spillway::journal
