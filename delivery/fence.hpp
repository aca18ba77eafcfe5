// The port that tells whether what others may take over, should this node be silent for long, is
// still its own to attempt (docs/correctness.md 30). retry::Lease is the production one.
#pragma once

#include "core/clock.hpp"

#include <cstdint>

namespace spillway::delivery {

class Fence {
 public:
  virtual ~Fence() = default;

  // Both of any thread, at once. That it is now; and that it will be for so long, in which an
  // attempt ends that begins now.
  [[nodiscard]] virtual bool holds() const = 0;
  [[nodiscard]] virtual bool holds_for(core::Duration attempt) const = 0;
  // Grows whenever it begins to hold anew: what was decided before may be out of date.
  [[nodiscard]] virtual std::uint64_t turn() const = 0;
};

}  // namespace spillway::delivery
