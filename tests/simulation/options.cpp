#include "tests/simulation/options.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>

#include "core/random.hpp"

namespace spillway::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  std::uint32_t between(std::uint32_t low, std::uint32_t high) {
    return low + static_cast<std::uint32_t>(random_.below(high - low + 1));
  }
  bool coin() { return random_.below(2) == 0; }
  // Off in half of the seeds, else one in something between often and seldom.
  std::uint32_t fault(std::uint32_t often, std::uint32_t seldom) {
    return coin() ? 0 : between(often, seldom);
  }
  template <class T, std::size_t n>
  T one_of(const std::array<T, n>& choices) {
    return choices[random_.below(n)];
  }

 private:
  core::SeededRandom random_;
};

}  // namespace

Options draw_options(std::uint64_t seed) {
  Dice dice(seed ^ 0x6f7074696f6e73ULL);
  const bool tight = dice.coin();
  Options options;
  options.seed = seed;
  options.requests = dice.between(5, 40);
  options.events_per_request_max = dice.coin() ? 1 : dice.between(2, 4);
  options.destinations = dice.between(1, 4);
  options.operator_actions = dice.coin() ? 0 : dice.between(5, 30);
  options.span =
      dice.one_of(std::array<core::Duration, 4>{seconds(1), seconds(30), minutes(20), hours(30)});
  options.dedup_window =
      dice.one_of(std::array<core::Duration, 3>{minutes(10), hours(20), hours(72)});
  options.batch_commands_max = tight ? 1 : dice.between(2, 64);
  options.queue_commands_max = tight ? dice.between(1, 3) : 256;

  Faults& faults = options.faults;
  faults.crash = dice.fault(30, 1000);
  faults.failed_write = dice.fault(20, 200);
  faults.failed_sync = dice.fault(20, 200);
  faults.stall = dice.fault(5, 50);
  faults.slow_sync = dice.fault(2, 20);
  faults.lost_request = dice.fault(3, 30);
  faults.lost_reply = dice.fault(2, 20);
  faults.doubled_request = dice.fault(2, 10);
  faults.resent_although_acked = dice.fault(2, 10);
  faults.other_body = dice.fault(4, 20);
  faults.wall_step = dice.fault(50, 500);
  faults.failed_attempt = dice.fault(2, 10);
  faults.rejected_attempt = dice.fault(3, 20);
  return options;
}

std::string to_string(const Options& options) {
  const Faults& faults = options.faults;
  return fmt::format(
      "requests={} events_per_request_max={} destinations={} operator_actions={} span={} "
      "dedup_window={} batch_commands_max={} queue_commands_max={} faults(one in): crash={} "
      "failed_write={} failed_sync={} stall={} slow_sync={} lost_request={} lost_reply={} "
      "doubled_request={} resent_although_acked={} other_body={} wall_step={} failed_attempt={} "
      "rejected_attempt={}",
      options.requests, options.events_per_request_max, options.destinations,
      options.operator_actions, std::chrono::floor<seconds>(options.span),
      std::chrono::floor<seconds>(options.dedup_window), options.batch_commands_max,
      options.queue_commands_max, faults.crash, faults.failed_write, faults.failed_sync,
      faults.stall, faults.slow_sync, faults.lost_request, faults.lost_reply,
      faults.doubled_request, faults.resent_although_acked, faults.other_body, faults.wall_step,
      faults.failed_attempt, faults.rejected_attempt);
}

}  // namespace spillway::simulation
