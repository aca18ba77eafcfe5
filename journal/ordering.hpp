// Deliveries of one ordering key among each other (docs/correctness.md 19 and 20). With order:
// per_key only the first is due, the others are blocked behind it; with order: latest a newer
// version takes the place of what waits. Pure changes of a Stage, shared by the commands that open
// and end deliveries.
#pragma once

#include <vector>

#include "core/error.hpp"
#include "journal/records.hpp"
#include "journal/stage.hpp"

namespace spillway::journal {

// A delivery as a command left it: pending, or due, or ended.
struct OpenDelivery {
  DeliveryRef ref;
  DeliveryRecord record;
};

// What opening deliveries did, to them and to others of their ordering keys.
struct Opening {
  std::vector<OpenDelivery> opened;     // pending now; those that are blocked are not due yet
  std::vector<OpenDelivery> unblocked;  // others whose turn has come: they are due now
  std::vector<OpenDelivery> ended;      // were pending, and are not to be attempted any more
};

// What delivery is to hear of: those that are due now, and those that have ended.
[[nodiscard]] std::vector<OpenDelivery> news_for_delivery(Opening opening);

// Gives a delivery that is about to be opened its place: at the end of its key. One whose version
// is older than what is known of its key becomes superseded instead.
core::Result<void> take_place(Stage& stage, DeliveryRef ref, DeliveryRecord& record,
                              Opening& opening);

// Changes a pending delivery. If that ends it or takes it out of the order of its key, the next of
// the key is due, and added to `unblocked`.
core::Result<void> change_pending(Stage& stage, DeliveryRef ref, const DeliveryRecord& before,
                                  const DeliveryRecord& after,
                                  std::vector<OpenDelivery>& unblocked);

}  // namespace spillway::journal
