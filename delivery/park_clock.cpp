#include "delivery/park_clock.hpp"

#include <algorithm>

namespace spillway::delivery {

void ParkClock::holds_back(const journal::Settlement& settled) {
  const journal::Sequence sequence = settled.ref.sequence;
  if (const auto known = holders_.find(sequence); known != holders_.end()) {
    known->second.settled = settled;
    return;
  }
  if (order_.size() >= kHoldersMax) {
    std::erase_if(order_, [&](const auto& entry) { return !holders_.contains(entry.second); });
  }
  if (order_.size() < kHoldersMax) {
    holders_.emplace(sequence, Holder{elapsed_, settled});
    order_.emplace_back(elapsed_, sequence);
  }
}

void ParkClock::succeeded(core::Time now) {
  if (last_success_ != core::Time{}) {
    elapsed_ += std::clamp(now - last_success_, core::Duration{}, kStepMax);
  }
  last_success_ = now;
}

bool ParkClock::is_over(journal::Sequence sequence, core::Duration park) const {
  const auto holder = holders_.find(sequence);
  return holder != holders_.end() && elapsed_ - holder->second.since >= park;
}

std::vector<journal::Settlement> ParkClock::take_over(
    core::Duration park, const std::function<bool(journal::Sequence)>& busy) {
  std::vector<journal::Settlement> over;
  while (!order_.empty() && elapsed_ - order_.front().first >= park) {
    const auto holder = holders_.find(order_.front().second);
    const bool stands = holder != holders_.end() && holder->second.since == order_.front().first;
    if (stands && !busy(holder->first)) {
      journal::Settlement& settled = over.emplace_back(std::move(holder->second.settled));
      settled.attempt = {};
      settled.park = true;
      holders_.erase(holder);
    }
    order_.pop_front();
  }
  return over;
}

}  // namespace spillway::delivery
