#include "admin/guess_gate.hpp"

#include <algorithm>

namespace spillway::admin {

std::optional<core::Duration> GuessGate::must_wait(const std::string& address,
                                                   core::Time now) const {
  const auto known = wrong_.find(address);
  if (known == wrong_.end() || known->second.size() < kWrongMax) {
    return std::nullopt;
  }
  const core::Duration wait = known->second.front() + kWithin - now;
  return wait > core::Duration{} ? std::optional(std::min(wait, kWithin)) : std::nullopt;
}

void GuessGate::wrong(const std::string& address, core::Time now) {
  if (!wrong_.contains(address) && wrong_.size() >= kAddressesMax) {
    wrong_.erase(std::ranges::min_element(wrong_, {},
                                          [](const auto& entry) { return entry.second.back(); }));
  }
  std::deque<core::Time>& times = wrong_[address];
  if (times.size() == kWrongMax) {
    times.pop_front();
  }
  times.push_back(now);
}

}  // namespace spillway::admin
