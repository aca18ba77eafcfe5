// The answers of several nodes to one reconciliation, as one: what any of them has is known. What
// none has is unknown only if all were asked. Pure, any thread.
#pragma once

#include <string>
#include <vector>

#include "core/error.hpp"

namespace spillway::admin {

struct NodeAnswer {
  std::string node;
  std::string json{};   // as /v1/reconcile answers
  std::string error{};  // why there is none; else empty
};

// As many results as all that answered have; `here` is this node's own. An answer that cannot be
// understood is none.
[[nodiscard]] core::Result<std::string> merge_reconciliations(
    const NodeAnswer& here, const std::vector<NodeAnswer>& others);

}  // namespace spillway::admin
