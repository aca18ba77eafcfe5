#include "retry/node_table.hpp"

#include <algorithm>

namespace spillway::retry {

void NodeTable::heard(const NodeSign& sign, core::Time now) {
  Entry& entry = nodes_[sign.tag];
  if (sign.kind == NodeSign::Kind::adopted) {
    entry.adopted = true;
    return;
  }
  entry = {sign.node, now, sign.lease, false};
}

std::optional<std::uint16_t> NodeTable::silent(core::Time now) const {
  core::Duration turn{};
  for (const auto& [tag, entry] : nodes_) {
    if (tag < own_tag_ && !is_gone(entry, now)) {
      turn += kTurn;
    }
  }
  for (const auto& [tag, entry] : nodes_) {
    if (tag != own_tag_ && !entry.adopted && is_gone(entry, now - turn)) {
      return tag;
    }
  }
  return std::nullopt;
}

bool NodeTable::is_silent_since(std::uint16_t tag, core::Time heard) const {
  const auto known = nodes_.find(tag);
  return known != nodes_.end() && known->second.heard == heard && !known->second.adopted;
}

}  // namespace spillway::retry
