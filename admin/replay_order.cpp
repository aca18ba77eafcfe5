#include "admin/replay_order.hpp"

namespace spillway::admin {

core::Result<ReplayOrder> order_replay(const AdminContext& context, const JournalView& view,
                                       journal::Sequence sequence,
                                       std::optional<journal::DestinationNumber> only) {
  ReplayOrder order{.sequence = sequence, .only = only, .targets = {}};
  if (only.value_or(journal::kNoDestination) != journal::kNoDestination) {
    return order;
  }
  const auto unrouted = view.reader().delivery({sequence, journal::kNoDestination});
  if (!unrouted) {
    return std::unexpected(unrouted.error());
  }
  if (!*unrouted || (*unrouted)->state != core::DeliveryState::dead ||
      (*unrouted)->reason != core::Reason::no_route) {
    return order;
  }
  const auto event = view.reader().event(sequence, view.sources());
  if (!event) {
    return std::unexpected(event.error());
  }
  if (*event != nullptr) {
    order.targets = context.route(**event);
  }
  return order;
}

}  // namespace spillway::admin
