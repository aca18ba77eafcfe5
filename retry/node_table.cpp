#include "retry/node_table.hpp"

#include <algorithm>

namespace spillway::retry {

void NodeTable::heard(const NodeSign& sign, core::Time now) {
  const bool is_alive = sign.adopted_by.empty();
  const auto known = nodes_.find(sign.tag);
  if (!is_alive && known != nodes_.end() && !known->second.is_silent(now)) {
    return;  // it is back since
  }
  Entry& entry = nodes_[sign.tag];
  entry.last = sign;
  if (is_alive) {
    entry.heard = now;
  }
}

std::optional<std::uint16_t> NodeTable::silent(core::Time now, std::uint16_t behind) const {
  core::Duration turn = kMargin;
  for (const auto& [tag, entry] : nodes_) {
    if (tag < own_tag_ && !entry.is_silent(now)) {
      turn += kTurn;
    }
  }
  std::optional<std::uint16_t> first;
  for (const auto& [tag, entry] : nodes_) {
    if (tag == own_tag_ || entry.is_adopted() || !entry.is_silent(now - turn)) {
      continue;
    }
    if (tag > behind) {
      return tag;
    }
    first = first.value_or(tag);
  }
  return first;
}

bool NodeTable::is_silent_since(std::uint16_t tag, core::Time heard) const {
  const auto known = nodes_.find(tag);
  return known != nodes_.end() && known->second.heard == heard && !known->second.is_adopted();
}

}  // namespace spillway::retry
