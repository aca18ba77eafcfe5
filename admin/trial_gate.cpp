#include "admin/trial_gate.hpp"

#include <fmt/format.h>

#include "admin/errors.hpp"

namespace spillway::admin {

core::Result<void> TrialGate::enter(const std::string& destination, core::Time now) {
  if (under_way_.contains(destination)) {
    return conflict(
        fmt::format("a test of \"{}\" is under way; ask again when it has ended", destination));
  }
  if (rate_.try_take(now)) {
    return core::fail(core::ErrorCode::unavailable,
                      "one test a second is made; ask again in a few seconds", core::Fault::sender);
  }
  under_way_.insert(destination);
  return {};
}

}  // namespace spillway::admin
