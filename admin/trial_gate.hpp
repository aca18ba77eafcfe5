// Bounds what operators' tests cost destinations and this node: one at a time to each destination,
// and so many a second in all. Owned by the admin context; admin thread.
#pragma once

#include <set>
#include <string>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/rate_limit.hpp"

namespace spillway::admin {

class TrialGate {
 public:
  // Whoever was let in leaves again.
  [[nodiscard]] core::Result<void> enter(const std::string& destination, core::Time now);
  void leave(const std::string& destination) { under_way_.erase(destination); }

 private:
  std::set<std::string> under_way_;
  core::RateLimit rate_{{.per_second = 1, .burst = 10}};
};

}  // namespace spillway::admin
