// What operators order: commands to the journal, answered when they are durable. The delivery
// engine is told as soon as they are, even when whoever asked has been sent away meanwhile, and
// each is logged. Admin thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "admin/context.hpp"
#include "admin/replay_order.hpp"
#include "core/error.hpp"
#include "http/async.hpp"
#include "journal/records.hpp"
#include "journal/reopen.hpp"

namespace spillway::admin {

// All deliveries that wait again. An error concerns all orders, though some may be carried out.
http::Awaitable<core::Result<std::vector<journal::OpenDelivery>>> replay(
    AdminContext* context, std::vector<ReplayOrder> orders);

// How many were dropped: the dead and expired ones among them.
http::Awaitable<core::Result<std::size_t>> drop(AdminContext* context,
                                                std::vector<journal::DeliveryRef> refs);

struct NamedNumber {
  journal::DestinationNumber number = journal::kNoDestination;
  std::string name;
};

// Pauses with a reason, resumes without. False: it was so already.
http::Awaitable<core::Result<bool>> set_paused(AdminContext* context, NamedNumber destination,
                                               std::optional<std::string> reason);

}  // namespace spillway::admin
