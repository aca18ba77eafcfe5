// spillway_simulation: runs the node's real decision code under simulated faults, seed by seed.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include "core/log.hpp"
#include "core/system_clock.hpp"
#include "tests/simulation/coverage.hpp"
#include "tests/simulation/options.hpp"
#include "tests/simulation/simulation.hpp"

namespace spillway::simulation {
namespace {

// A batch this large must reach every coverage mark.
constexpr std::uint64_t kCoverageBatch = 1'000;

volatile std::sig_atomic_t current_seed = 0;

// A failed CHECK aborts: the seed must be told all the same.
void tell_seed(int) {
  std::fprintf(stderr, "aborted in seed %ld\n", static_cast<long>(current_seed));
  std::_Exit(3);
}

struct Arguments {
  std::uint64_t first = 1;
  std::uint64_t last = 2'000;
  std::uint64_t minutes = 0;
  bool twice = false;
  bool expect_violation = false;
  std::string binary;  // to tell how to replay
  Verbosity verbosity = Verbosity::quiet;
};

struct Batch {
  std::uint64_t seeds = 0;
  std::uint64_t steps = 0;
  std::uint64_t lives = 0;
  std::uint64_t violations = 0;
  Coverage coverage;
};

// Of what commit the binary is made: each build writes it beside the binary (CMakeLists.txt).
std::string commit_of(const std::string& binary) {
  const auto file = std::filesystem::path(binary).parent_path() / "spillway_simulation.commit";
  std::string commit;
  std::getline(std::ifstream(file), commit);
  return commit.empty() ? "unknown" : commit;
}

void report(std::uint64_t seed, const std::string& violation, const Arguments& arguments) {
  fmt::print("seed {}: VIOLATION {}\n  {}\n  commit: {}\n  replay: {} --seed {} --verbose\n", seed,
             violation, to_string(draw_options(seed)), commit_of(arguments.binary),
             arguments.binary, seed);
  std::fflush(stdout);
}

// False: a violation was found.
bool run_one(std::uint64_t seed, const Arguments& arguments, Batch& batch) {
  current_seed = static_cast<std::sig_atomic_t>(seed);
  const RunResult result = run_seed(seed, arguments.verbosity, batch.coverage);
  ++batch.seeds;
  batch.steps += result.steps;
  batch.lives += result.lives;
  if (result.violation) {
    report(seed, *result.violation, arguments);
    return false;
  }
  if (arguments.twice) {
    Coverage ignored;
    const RunResult again = run_seed(seed, Verbosity::quiet, ignored);
    if (again.trace_hash != result.trace_hash) {
      report(seed, "I13: the second run took another course", arguments);
      return false;
    }
  }
  return true;
}

bool coverage_complete(const Batch& batch) {
  if (batch.seeds < kCoverageBatch) {
    return true;
  }
  const auto missed = batch.coverage.missed();
  for (const Mark mark : missed) {
    fmt::print("never reached: {}\n", to_string(mark));
  }
  return missed.empty();
}

int run(const Arguments& arguments) {
  const core::Duration started = core::monotonic_now();
  const core::Duration most = std::chrono::minutes(arguments.minutes);
  Batch batch;
  for (std::uint64_t seed = arguments.first; seed <= arguments.last; ++seed) {
    if (!run_one(seed, arguments, batch)) {
      ++batch.violations;
      break;
    }
    if (arguments.minutes != 0 && core::monotonic_now() - started > most) {
      break;
    }
  }
  const double took = static_cast<double>((core::monotonic_now() - started).count()) / 1e6;
  fmt::print("{} seeds, {} lives, {} steps in {:.1f} s ({:.0f} seeds/s), {} violations\n",
             batch.seeds, batch.lives, batch.steps, took, static_cast<double>(batch.seeds) / took,
             batch.violations);
  if (arguments.expect_violation) {
    return batch.violations != 0 ? 0 : 1;
  }
  return batch.violations == 0 && coverage_complete(batch) ? 0 : 1;
}

}  // namespace
}  // namespace spillway::simulation

int main(int argc, char** argv) {
  using namespace spillway;
  simulation::Arguments arguments;
  arguments.binary = argv[0];
  std::string range;
  std::uint64_t seed = 0;
  std::uint64_t fresh = 0;
  bool verbose = false;

  CLI::App app("Runs Spillway's decision code under simulated faults.");
  auto* const one = app.add_option("--seed", seed, "run this seed alone");
  auto* const several = app.add_option("--seeds", range, "run the seeds A..B (default 1..2000)");
  several->excludes(one);
  app.add_option("--fresh", fresh, "run so many seeds that this commit alone has")
      ->excludes(one)
      ->excludes(several);
  app.add_option("--minutes", arguments.minutes, "stop after so many minutes");
  app.add_flag("--twice", arguments.twice, "run each seed twice and compare the traces");
  app.add_flag("--expect-violation", arguments.expect_violation,
               "succeed when a violation is found: for binaries with a planted bug");
  app.add_flag("--verbose", verbose, "print what happens");
  CLI11_PARSE(app, argc, argv);

  if (*one) {
    arguments.first = arguments.last = seed;
  } else if (fresh != 0) {
    // Every commit looks elsewhere, and finds the same wherever it is built.
    constexpr std::uint64_t kSeedsMost = 1'000'000'000;
    const std::string commit = simulation::commit_of(arguments.binary);
    arguments.first = std::hash<std::string>()(commit) % kSeedsMost;
    arguments.last = arguments.first + fresh - 1;
  } else if (!range.empty()) {
    const std::size_t dots = range.find("..");
    if (dots == std::string::npos ||
        !CLI::detail::lexical_cast(range.substr(0, dots), arguments.first) ||
        !CLI::detail::lexical_cast(range.substr(dots + 2), arguments.last)) {
      fmt::print(stderr, "--seeds is '{}', expected A..B\n", range);
      return 2;
    }
  }
  if (verbose) {
    arguments.verbosity = simulation::Verbosity::verbose;
  }
  core::configure_log(core::LogLevel::off, core::LogFormat::text);
  std::signal(SIGABRT, simulation::tell_seed);
  return simulation::run(arguments);
}
