// Questions and orders that are not this node's alone: what another node has the answer to, it is
// asked for; what is to hold on all nodes, all are told. Nothing that was passed on is passed on
// again. Admin thread.
#pragma once

#include <string>
#include <vector>

#include "admin/context.hpp"
#include "admin/endpoints.hpp"
#include "core/error.hpp"
#include "core/event_id.hpp"
#include "http/async.hpp"
#include "http/message.hpp"

namespace spillway::admin {

// The call of which `here` came, put to the node that accepted the event, when this one does not
// have it: that node's answer, or which one it is and why it cannot be asked. Other errors than
// `not_found` stay as they are. The call outlives the answer.
[[nodiscard]] Answer ask_owner(AdminContext* context, const Call* call, core::EventId event,
                               core::Error here);

// What another node came to.
struct PeerAnswer {
  std::string node;
  core::Result<http::Response> answer;  // a refusal is an error

  [[nodiscard]] std::string error() const { return answer ? "" : answer.error().message; }
};

// The call, put to all other nodes; of none where there are none, where nodes do not ask each
// other, or where another one passed it on. The call outlives the answers.
[[nodiscard]] http::Awaitable<core::Result<std::vector<PeerAnswer>>> ask_others(
    AdminContext* context, const Call* call);

// The same once it was done here: the answer of this node with a member `nodes`, which says of each
// other one what it answered, or why it did not. Without others, as it is.
[[nodiscard]] Answer tell_others(AdminContext* context, const Call* call, http::Response here);

}  // namespace spillway::admin
