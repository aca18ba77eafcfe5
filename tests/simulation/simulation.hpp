// One simulated run: everything that a seed stands for. Safety first, under faults, until all that
// was planned has happened; then the faults end, and the node must converge within a bound of
// virtual time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/simulation/coverage.hpp"
#include "tests/simulation/trace.hpp"

namespace spillway::simulation {

struct RunResult {
  std::optional<std::string> violation;
  std::uint64_t trace_hash = 0;
  std::uint64_t steps = 0;
  std::uint32_t lives = 0;
};

// Adds to `coverage` what the run reached.
[[nodiscard]] RunResult run_seed(std::uint64_t seed, Verbosity verbosity, Coverage& coverage);

}  // namespace spillway::simulation
