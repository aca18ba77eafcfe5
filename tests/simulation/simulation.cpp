#include "tests/simulation/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/random.hpp"
#include "tests/simulation/environment.hpp"
#include "tests/simulation/job_operator.hpp"
#include "tests/simulation/job_watch.hpp"
#include "tests/simulation/oracle.hpp"
#include "tests/simulation/recovery_watch.hpp"
#include "tests/simulation/retention_watch.hpp"
#include "tests/simulation/sim_housekeeper.hpp"
#include "tests/simulation/sim_node.hpp"
#include "tests/simulation/sim_operator.hpp"
#include "tests/simulation/sim_upstream.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

// Shortly before midnight, so that hours and days turn in many runs.
constexpr core::Time kStart = std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + hours(22);
constexpr std::uint32_t kLivesMax = 8;
// In all less than versions are remembered.
constexpr std::uint32_t kWallStepsMax = 3;
constexpr std::uint64_t kStepsMax = 200'000;
// The longest wait of the default schedule, with its jitter, and a little more.
constexpr core::Duration kConvergenceMost = hours(15);
constexpr core::Duration kStopPatience = seconds(20);
constexpr core::Duration kStopGrace = minutes(1);
constexpr std::uint64_t kStepsBetweenAudits = 500;

class Simulation {
 public:
  Simulation(std::uint64_t seed, Verbosity verbosity, Coverage& coverage)
      : options_(draw_options(seed)),
        random_(seed),
        trace_(verbosity),
        scheduler_(kStart, random_),
        environment_{options_, options_.faults, random_, scheduler_, wall_, trace_, coverage},
        watch_(world_, options_.retention.dead),
        oracle_(options_, world_, watch_),
        job_watch_(environment_, world_, watch_),
        node_(environment_, world_, watch_, job_watch_, oracle_),
        upstream_(environment_, world_, node_),
        operators_(environment_, world_, node_),
        job_operator_(environment_, world_, job_watch_, node_),
        housekeeper_(environment_, world_, watch_, node_),
        recovery_(environment_, world_, node_) {}

  RunResult run() {
    node_.start();
    upstream_.start();
    operators_.start();
    job_operator_.start();
    housekeeper_.start();
    const core::Time end = scheduler_.now() + options_.span;
    while (!world_.violation() && scheduler_.now() < end && step()) {
      disturb();
    }
    environment_.faults = {};
    if (!world_.violation()) {
      converge();
    }
    return {world_.violation(), trace_.hash(), steps_, node_.lives()};
  }

 private:
  // One task; false when none is left. A node that cannot go on is restarted.
  bool step() {
    if (node_.must_stop()) {
      restart();
      return true;
    }
    std::uint64_t ran = 0;
    if (!scheduler_.step(ran)) {
      return false;
    }
    trace_.note(scheduler_.now(), "step", ran);
    if (++steps_ % kStepsBetweenAudits == 0) {
      node_.audit();
    }
    if (steps_ > kStepsMax) {
      world_.violate(fmt::format("I12: no end after {} steps", steps_));
    }
    return true;
  }

  void disturb() {
    if (environment_.strikes(crash_odds()) || node_.stopped()) {
      restart();
    }
    if (node_.accepting() && environment_.strikes(environment_.faults.stop)) {
      node_.stop(environment_.delay_up_to(kStopPatience));
    }
    if (wall_steps_ < kWallStepsMax && environment_.strikes(environment_.faults.wall_step)) {
      step_wall_clock();
    }
  }

  // Most is at stake between a write and its sync, and when something has gone out meanwhile.
  [[nodiscard]] std::uint32_t crash_odds() const {
    const std::uint32_t calm = environment_.faults.crash;
    if (calm == 0 || !node_.syncing()) {
      return calm;
    }
    return std::max(2U, calm / (world_.arrived_since_sync() ? 32 : 8));
  }

  void restart() {
    if (node_.lives() >= kLivesMax) {
      environment_.faults.crash = 0;
      environment_.faults.stop = 0;
      environment_.faults.failed_write = 0;
      environment_.faults.failed_sync = 0;
    }
    if (housekeeper_.retiring()) {
      environment_.coverage.hit(Mark::crash_while_retiring);
    }
    node_.crash();
    node_.start();
  }

  void step_wall_clock() {
    constexpr std::array<core::Duration, 4> kSizes = {minutes(2), minutes(10), hours(3), hours(48)};
    ++wall_steps_;
    const core::Duration size = kSizes[random_.below(kSizes.size())];
    const bool back = random_.below(2) == 0;
    environment_.coverage.hit(back ? Mark::wall_stepped_back : Mark::wall_stepped_forward);
    wall_.offset += back ? -size : size;
    stepped_in_all_ += size;
    environment_.note("wall step", static_cast<std::uint64_t>(wall_.offset.count()));
  }

  [[nodiscard]] bool anything_pending() {
    if (!node_.accepting() || !upstream_.all_answered()) {
      return true;
    }
    for (const auto& [destination, counts] : node_.life()->writer->totals()) {
      if (counts.in(core::DeliveryState::pending) != 0) {
        return true;
      }
    }
    return node_.jobs_running();
  }

  // In order, in time, and leaving nothing behind.
  void stop() {
    if (!node_.accepting()) {
      world_.violate("I12: the node does not accept after the faults are over");
      return;
    }
    node_.stop(kStopPatience);
    const core::Time bound = scheduler_.now() + kStopPatience + kStopGrace;
    while (!world_.violation() && scheduler_.now() < bound && step()) {
      if (node_.accepting()) {
        node_.stop(kStopPatience);  // a last injected failure had restarted it
      }
    }
    if (!node_.stopped()) {
      world_.violate("I12: the engines do not stop");
    } else if (node_.tasks_left() != 0) {
      world_.violate(fmt::format("I12: {} tasks are left after the stop", node_.tasks_left()));
    } else if (node_.life()->gateway.memory_used() != 0) {
      world_.violate("I9: memory of requests is still taken after the stop");
    }
  }

  // The faults are over. What is due in the future of a clock set back waits for that long.
  void converge() {
    environment_.note("liveness");
    const core::Time bound = scheduler_.now() + kConvergenceMost + stepped_in_all_;
    const bool starts_anew = !node_.accepting() || random_.below(2) == 0;
    if (starts_anew) {
      restart();
    }
    node_.bring_back_all();
    recovery_.start(starts_anew ? RecoveryWatch::Node::started : RecoveryWatch::Node::goes_on);
    operators_.keep_resuming();
    housekeeper_.keep_on();
    while (!world_.violation() && scheduler_.now() < bound && anything_pending() && step()) {
    }
    node_.audit();
    if (auto wrong = oracle_.check_converged(node_.store())) {
      world_.violate(*std::move(wrong));
    }
    if (!world_.violation()) {
      stop();
    }
    restart();
  }

  const Options options_;
  core::SeededRandom random_;
  Trace trace_;
  WallClock wall_;
  Scheduler scheduler_;
  Environment environment_;
  World world_;
  RetentionWatch watch_;
  Oracle oracle_;
  JobWatch job_watch_;
  SimNode node_;
  SimUpstream upstream_;
  SimOperator operators_;
  JobOperator job_operator_;
  SimHousekeeper housekeeper_;
  RecoveryWatch recovery_;
  std::uint64_t steps_ = 0;
  std::uint32_t wall_steps_ = 0;
  core::Duration stepped_in_all_{};
};

}  // namespace

RunResult run_seed(std::uint64_t seed, Verbosity verbosity, Coverage& coverage) {
  return Simulation(seed, verbosity, coverage).run();
}

}  // namespace spillway::simulation
