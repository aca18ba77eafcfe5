// What is known of the other nodes, for questions about what they have. Admin thread.
#pragma once

#include <vector>

#include "admin/context.hpp"
#include "core/error.hpp"
#include "http/async.hpp"

namespace spillway::admin {

http::Awaitable<core::Result<std::vector<NodeStatus>>> ask_nodes(AdminContext* context);

}  // namespace spillway::admin
