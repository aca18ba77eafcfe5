// Ending deliveries for good because a person said so: one that was given up on is dropped, an
// event's data is erased with all that waits for it. Pure changes of a Stage, shared by the
// commands that need them.
#pragma once

#include <cstddef>

#include "core/error.hpp"
#include "journal/ordering.hpp"
#include "journal/records.hpp"
#include "journal/stage.hpp"

namespace spillway::journal {

// Only what has been given up on is dropped; what is pending might be under way.
[[nodiscard]] bool can_drop(const DeliveryRecord& record);

// A delivery for which can_drop() holds becomes purged (dropped).
void drop(Stage& stage, DeliveryRef ref, const DeliveryRecord& before);

// Ends every delivery of the event as purged (erased), pending ones too, and erases its body, the
// headers kept and what destinations answered. Head, attempts and the hash of its idempotency key
// stay, so that a repeat is still known (docs/correctness.md 9). The result is how many deliveries
// ended; what delivery is to hear of is added to `news`. The command needs a batch of its own,
// since attempts are read from the store.
core::Result<std::size_t> erase_event(Stage& stage, Sequence sequence, Opening& news);

}  // namespace spillway::journal
