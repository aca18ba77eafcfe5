// When a destination was paused, as far back as what waits in Kafka may ask: the clocks of `ttl`
// and `give_up_after` stand still meanwhile (docs/correctness.md 12), and the record of a delivery
// knows only of the pauses before it was written. All nodes hear of them by the control topic,
// whose messages carry them on, since it keeps the last one alone. Pure; one thread.
#pragma once

#include "core/clock.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace spillway::retry {

// From the first time to before the second.
struct PauseSpan {
  core::Time from;
  core::Time to;

  bool operator==(const PauseSpan&) const = default;
};

class PauseHistory {
 public:
  // The oldest are forgotten.
  static constexpr std::size_t kSpansMax = 32;

  void began(core::Time at);
  void ended(core::Time at);
  // What somebody else knows.
  void learn(const std::vector<PauseSpan>& spans);

  // In order and apart from each other; a pause that lasts as if it ended then.
  [[nodiscard]] std::vector<PauseSpan> until(core::Time now) const;
  // How long it was paused between the two, of which the second is not in the past.
  [[nodiscard]] core::Duration between(core::Time from, core::Time now) const;

 private:
  std::vector<PauseSpan> spans_;
  std::optional<core::Time> since_;
};

}  // namespace spillway::retry
