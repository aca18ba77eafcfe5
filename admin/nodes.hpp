// What is known of the other nodes, for questions about what they have. Admin thread.
#pragma once

#include <vector>

#include "admin/context.hpp"
#include "core/error.hpp"
#include "core/event_id.hpp"
#include "http/async.hpp"

namespace spillway::admin {

http::Awaitable<core::Result<std::vector<NodeStatus>>> ask_nodes(AdminContext* context);

// Where this node does not have an event that another one accepted, what is to be said instead of
// that: which one, or since when it is absent. Other errors stay as they are.
http::Awaitable<core::Error> instead_of(AdminContext* context, core::Error error,
                                        core::EventId event);

}  // namespace spillway::admin
