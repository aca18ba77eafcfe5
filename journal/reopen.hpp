// Opening deliveries: the first time when an event is accepted, again when a person replays it or
// its sender delivers it anew. Pure changes of a Stage, shared by the commands that need them.
#pragma once

#include <string>
#include <vector>

#include "core/delivery.hpp"
#include "core/error.hpp"
#include "journal/ordering.hpp"
#include "journal/records.hpp"
#include "journal/stage.hpp"

namespace spillway::journal {

// A destination an event goes to, as routing decided.
struct Target {
  DestinationNumber destination = kNoDestination;
  core::Order order = core::Order::none;
  std::string ordering_key{};  // hashed; empty: without an order
  std::string version{};       // of order: latest; empty: none
  // Nobody attempts it before a copy stands where others find it; only without an order.
  bool replicate = false;
};

// A new delivery in the given slice, accepted at the given time, due at once unless its ordering
// key says otherwise.
core::Result<void> open_delivery(Stage& stage, DeliveryRef ref, const Target& target, Slice slice,
                                 core::Time accepted, Opening& opening);

// What is not pending can be opened again, but for what a person or retention has purged.
[[nodiscard]] bool can_reopen(const DeliveryRecord& record);

// How what is opened again stands to the order of its key: it joins the end, and is superseded
// again if its version is older than what is known; or it is sent regardless, as out of order.
enum class Rejoin { in_order, out_of_order };

// Starts the next generation of a delivery for which can_reopen() holds; `accepted` in the books
// does not grow (docs/correctness.md 2).
core::Result<void> reopen(Stage& stage, DeliveryRef ref, const DeliveryRecord& before,
                          Rejoin rejoin, Opening& opening);

// Gives an event that had no route the targets of today's routes: they are new deliveries, and the
// pseudo-delivery to "-" ends as superseded (rerouted).
core::Result<void> reroute(Stage& stage, Sequence sequence, const DeliveryRecord& before,
                           const std::vector<Target>& targets, Opening& opening);

}  // namespace spillway::journal
