// What one lane holds of the budget of bodies that all lanes share, and how much more it may take
// (docs/correctness.md 17), so that whoever holds his for long leaves room to those that need it
// for a moment. Pure; belongs to a lane. A copy goes along with each refill and counts on by
// itself, on the reader's thread.
//
//   * A lane holds a third at most of what all of them leave free: alone a quarter of the budget,
//     and the less the more others there are (dynamic thresholds, as switches share their memory
//     among queues: Choudhury and Hahne, IEEE/ACM Transactions on Networking, 1998).
//   * Half of the budget is for bodies being sent to destinations that answer quickly. Bodies that
//     wait, and those of other destinations, share in the other half only.
//   * For a destination that is not known to answer quickly no body waits: it is read when its
//     turn has come.
#pragma once

#include "core/byte_budget.hpp"

#include <algorithm>
#include <cstddef>

namespace spillway::delivery {

class BodyShare {
 public:
  BodyShare() = default;  // reserves nothing
  explicit BodyShare(core::ByteBudget& budget) : budget_(&budget) {}

  // Whether the destination is known to answer quickly. At first it is not.
  void set_quick(bool quick) { quick_ = quick; }
  [[nodiscard]] bool is_quick() const { return quick_; }

  // Each is empty (false) where the lane may not hold that much more; else it counts until
  // released().
  [[nodiscard]] core::ByteBudget::Reservation reserve_waiting(std::size_t bytes) {
    return quick_ ? reserve(bytes, kSlowPart) : core::ByteBudget::Reservation{};
  }
  [[nodiscard]] core::ByteBudget::Reservation reserve_sending(std::size_t bytes) {
    return reserve(bytes, quick_ ? 1 : kSlowPart);
  }

  // Reserved by a copy, and held by this lane from now on.
  void add(std::size_t bytes) { held_ += bytes; }
  void released(std::size_t bytes) { held_ -= bytes; }

 private:
  static constexpr std::size_t kShare = 3;     // of what is free: one in so many
  static constexpr std::size_t kSlowPart = 2;  // of the budget: one in so many

  core::ByteBudget::Reservation reserve(std::size_t bytes, std::size_t part) {
    if (budget_ == nullptr) {
      return {};
    }
    const std::size_t limit = budget_->limit() / part;
    const std::size_t free = kShare * (held_ + bytes);  // must be, with these bytes taken
    auto reserved = budget_->reserve(bytes, limit - std::min(limit, free));
    held_ += reserved.bytes();
    return reserved;
  }

  core::ByteBudget* budget_ = nullptr;
  std::size_t held_ = 0;
  bool quick_ = false;
};

}  // namespace spillway::delivery
