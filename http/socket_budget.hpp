// How many outbound sockets the process may have open (docs/correctness.md 17): one budget shared
// by the clients of all threads, one unit per socket. Any thread.
#pragma once

#include "core/byte_budget.hpp"

namespace spillway::http {

using SocketBudget = core::ByteBudget;  // its units are sockets here

}  // namespace spillway::http
