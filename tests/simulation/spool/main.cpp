// spillway_spool_simulation: two nodes that share a log, under simulated faults, seed by seed.
// Safety first, until all that was planned has happened; then the faults end, and the nodes must
// converge within a bound of virtual time.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "core/log.hpp"
#include "core/random.hpp"
#include "core/system_clock.hpp"
#include "tests/simulation/spool/spool_node.hpp"
#include "tests/simulation/spool/spool_world.hpp"

namespace spillway::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr core::Time kStart = core::Time{seconds(1'790'000'000)};
constexpr std::uint32_t kEvents = 40;
constexpr core::Duration kPlanned = minutes(5);
constexpr core::Duration kConvergence = hours(3);
constexpr core::Duration kOften = seconds(20);
constexpr core::Duration kAway = minutes(3);
constexpr std::uint64_t kStepsMax = 5'000'000;

SpoolFaults draw_faults(core::Random& random) {
  const auto maybe = [&](std::uint32_t one_in) { return random.below(2) == 0 ? 0 : one_in; };
  SpoolFaults faults;
  if (random.below(4) == 0) {  // and nothing else explains a repeat
    faults.freeze = 3;
    return faults;
  }
  faults.crash = maybe(8);
  faults.gone = maybe(6);
  faults.freeze = maybe(4);
  faults.fence = maybe(8);
  faults.rebalance = maybe(4);
  faults.erase = maybe(2);
  faults.lost_write = maybe(6);
  faults.lost_commit = maybe(4);
  faults.lost_reply = maybe(10);
  return faults;
}

class Run {
 public:
  Run(std::uint64_t seed, Verbosity verbosity)
      : random_(seed), scheduler_(kStart, random_), trace_(verbosity), world_(environment_) {
    options_.batch_commands_max = 1 + random_.below(16);
    options_.queue_commands_max = 1000;
    world_.faults = draw_faults(random_);
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      nodes_[i] = std::make_unique<SpoolNode>(world_, i);
      nodes_[i]->start();
    }
    share_out();
  }

  std::optional<std::string> go() {
    plan();
    run_until(kStart + kPlanned);
    world_.faults = SpoolFaults{.refusal = 0};
    ended_ = true;
    for (const auto& node : nodes_) {
      if (node->must_stop()) {
        if (!node->is_gone()) {
          node->crash();
        }
        node->start();
        share_out();
      }
    }
    for (core::Time look = kStart + kPlanned; !world_.violation() && !has_converged();) {
      look += minutes(1);
      if (look > kStart + kPlanned + kConvergence) {
        break;
      }
      run_until(look);
    }
    for (const auto& node : nodes_) {
      world_.check_converged(node->store(), node->tag());
    }
    return world_.violation();
  }

  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  [[nodiscard]] std::size_t adopted() const { return world_.adopted(); }

 private:
  void plan() {
    for (std::uint32_t i = 0; i < kEvents; ++i) {
      scheduler_.run_after(environment_.delay_up_to(kPlanned / 2),
                           [this] { nodes_[random_.below(nodes_.size())]->accept(); });
    }
    trouble();
  }

  // Now and then, what this run may suffer.
  void trouble() {
    scheduler_.run_after(environment_.delay_up_to(kOften), [this] {
      if (ended_) {
        return;
      }
      SpoolNode& node = *nodes_[random_.below(nodes_.size())];
      if (environment_.strikes(world_.faults.crash)) {
        crashing_ = &node;  // between two tasks
      }
      if (environment_.strikes(world_.faults.gone)) {
        leaving_ = &node;
      }
      if (environment_.strikes(world_.faults.freeze) && !node.is_gone()) {
        freeze(node);
      }
      if (environment_.strikes(world_.faults.fence)) {
        node.fence();
        share_out();
      }
      if (environment_.strikes(world_.faults.rebalance)) {
        world_.trouble();  // the outcome of an attempt under way may find its partition gone
        share_out();
      }
      if (environment_.strikes(world_.faults.erase) && !world_.acks().empty()) {
        auto chosen = world_.acks().begin();
        std::advance(chosen, static_cast<std::ptrdiff_t>(random_.below(world_.acks().size())));
        for (const auto& owner : nodes_) {
          if (owner->tag() == chosen->node_tag()) {
            owner->erase(*chosen);
          }
        }
      }
      trouble();
    });
  }

  void share_out() {
    world_.log.rebalance([this](const retry::TopicPartition&, std::size_t members) {
      return random_.below(members);
    });
  }

  void run_until(core::Time end) {
    while (!world_.violation() && scheduler_.now() < end && steps_ < kStepsMax) {
      std::uint64_t ran = 0;
      if (!scheduler_.step(ran)) {
        world_.violate("nothing is left to do");
        return;
      }
      ++steps_;
      if (crashing_ != nullptr) {
        crash(*std::exchange(crashing_, nullptr));
      }
      if (leaving_ != nullptr) {
        leave(*std::exchange(leaving_, nullptr));
      }
    }
  }

  void crash(SpoolNode& node) {
    if (!node.is_gone()) {
      node.crash();
      world_.check_custody(node.store(), node.tag());
    }
    node.start();
    share_out();
  }

  void leave(SpoolNode& node) {
    if (node.is_gone()) {
      return;
    }
    node.crash();
    share_out();
    scheduler_.run_after(environment_.delay_up_to(kAway), [this, &node] {
      if (node.is_gone()) {
        node.start();
        share_out();
      }
    });
  }

  void freeze(SpoolNode& node) {
    node.freeze();
    share_out();
    scheduler_.run_after(environment_.delay_up_to(kAway), [&node] { node.thaw(); });
  }

  [[nodiscard]] bool has_converged() const {
    for (const auto& node : nodes_) {
      if (!world_.has_converged(node->store(), node->tag())) {
        return false;
      }
    }
    return true;
  }

  Options options_;
  core::SeededRandom random_;
  Scheduler scheduler_;
  WallClock wall_;
  Trace trace_;
  Coverage coverage_;
  Environment environment_{options_, {}, random_, scheduler_, wall_, trace_, coverage_};
  SpoolWorld world_;
  std::array<std::unique_ptr<SpoolNode>, 2> nodes_;
  SpoolNode* crashing_ = nullptr;
  SpoolNode* leaving_ = nullptr;
  std::uint64_t steps_ = 0;
  bool ended_ = false;
};

}  // namespace
}  // namespace spillway::simulation

int main(int argc, char** argv) {
  using namespace spillway;
  std::uint64_t first = 1;
  std::uint64_t last = 150;
  bool expect_violation = false;
  bool verbose = false;
  CLI::App app("Runs Spillway's Kafka spool, two nodes on one log, under simulated faults.");
  app.add_option("--first", first, "the first seed");
  app.add_option("--last", last, "the last seed");
  app.add_flag("--expect-violation", expect_violation, "succeed if one is found");
  app.add_flag("--verbose", verbose, "print the trace");
  CLI11_PARSE(app, argc, argv);
  core::configure_log(core::LogLevel::off, core::LogFormat::text);

  const auto verbosity = verbose ? simulation::Verbosity::verbose : simulation::Verbosity::quiet;
  std::uint64_t steps = 0;
  std::uint64_t seeds = 0;
  std::size_t adopted = 0;
  const core::Duration began = core::monotonic_now();
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    simulation::Run run(seed, verbosity);
    const auto violation = run.go();
    steps += run.steps();
    adopted += run.adopted();
    ++seeds;
    if (violation) {
      fmt::print("seed {}: VIOLATION {}\n  replay: {} --first {} --last {} --verbose\n", seed,
                 *violation, argv[0], seed, seed);
      return expect_violation ? 0 : 1;
    }
  }
  const double took = static_cast<double>((core::monotonic_now() - began).count()) / 1e6;
  fmt::print("{} seeds, {} steps, {} adopted in {:.1f} s ({:.0f} seeds/s), 0 violations\n", seeds,
             steps, adopted, took, static_cast<double>(seeds) / took);
  constexpr std::uint64_t kCoverageBatch = 100;
  const bool covered = adopted > 0 || seeds < kCoverageBatch;
  return expect_violation || !covered ? 1 : 0;
}
