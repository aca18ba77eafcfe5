#include "retry/lease.hpp"

#include "core/planted_bug.hpp"

namespace spillway::retry {

bool Lease::holds_for(core::Duration attempt) const {
  const std::int64_t last = signed_;
  if (core::kPlantedBug == core::PlantedBug::lease_never_ends) {
    return last != kNever;
  }
  return last != kNever && clock_() - core::Duration(last) + attempt < length_;
}

// Nobody begins to take over before the whole length has passed since a sign.
bool Lease::renew(core::Duration written) {
  const std::int64_t last = signed_;
  if (last == kNever || clock_() - core::Duration(last) >= length_) {
    signed_ = kNever;
    return false;
  }
  signed_ = written.count();
  return true;
}

}  // namespace spillway::retry
