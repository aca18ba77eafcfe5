// What every part of a run is handed: its options, dice, time, trace and coverage. Owned by
// Simulation, which outlives all parts. One thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/random.hpp"
#include "tests/simulation/coverage.hpp"
#include "tests/simulation/options.hpp"
#include "tests/simulation/sim_executor.hpp"
#include "tests/simulation/trace.hpp"

namespace spillway::simulation {

struct Environment {
  const Options& options;
  Faults faults;  // switched off for the liveness phase
  core::Random& random;
  Scheduler& scheduler;
  WallClock& wall;
  Trace& trace;
  Coverage& coverage;

  // True once in `one_in` calls on average; never for 0.
  [[nodiscard]] bool strikes(std::uint32_t one_in) {
    return one_in != 0 && random.below(one_in) == 0;
  }
  [[nodiscard]] core::Duration delay_up_to(core::Duration most) {
    return core::Duration(random.below(static_cast<std::uint64_t>(most.count()) + 1));
  }
  void note(std::string_view what, std::uint64_t value = 0, std::string_view detail = {}) {
    trace.note(scheduler.now(), what, value, detail);
  }
};

}  // namespace spillway::simulation
