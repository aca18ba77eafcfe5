// What access refuses, for whoever watches: all of it is counted, and as much of it logged as keeps
// the log readable. It is not on the trail, which has room for so many actions only. Owned by the
// admin context; admin thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "admin/asker.hpp"
#include "core/clock.hpp"
#include "core/metrics.hpp"
#include "core/rate_limit.hpp"

namespace spillway::admin {

class Refusals {
 public:
  // Of each sort, so that neither hides the other. A minute's worth may be written at once.
  static constexpr core::RateOptions kLines{.per_second = 1, .burst = 60};

  explicit Refusals(core::Registry& registry);

  // A token that nobody holds came from there; the token itself is told nobody.
  void wrong_token(std::string_view remote, core::Time now);

  // As many came from there before that it was told to wait. Only counted.
  void told_to_wait() { told_to_wait_.add(); }

  // Somebody asked for what his role does not have: "POST /v1/purge".
  void beyond_role(const Asker& asker, std::string_view remote, std::string_view asked_for,
                   core::Time now);

 private:
  core::Counter& wrong_token_;
  core::Counter& told_to_wait_;
  core::Counter& beyond_role_;
  core::RateLimit token_lines_{kLines};
  core::RateLimit role_lines_{kLines};
};

}  // namespace spillway::admin
