// What a replay orders of the journal: an event to send again, to one destination or to all it can
// be sent to. Made on the reader.
#pragma once

#include <optional>
#include <vector>

#include "admin/context.hpp"
#include "admin/journal_view.hpp"
#include "core/error.hpp"
#include "journal/records.hpp"
#include "journal/reopen.hpp"

namespace spillway::admin {

struct ReplayOrder {
  journal::Sequence sequence = 0;
  std::optional<journal::DestinationNumber> only;
  std::vector<journal::Target> targets;  // today's, for an event that had no route
  journal::Rejoin rejoin = journal::Rejoin::in_order;
};

// Asks today's routes where they are needed.
core::Result<ReplayOrder> order_replay(const AdminContext& context, const JournalView& view,
                                       journal::Sequence sequence,
                                       std::optional<journal::DestinationNumber> only);

}  // namespace spillway::admin
