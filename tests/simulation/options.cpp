#include "tests/simulation/options.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <limits>

#include "core/random.hpp"
#include "tests/simulation/receiver.hpp"
#include "tests/simulation/traffic.hpp"

namespace spillway::simulation {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();

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

delivery::OrderingOptions draw_ordering(Dice& dice) {
  delivery::OrderingOptions ordering;
  ordering.order = dice.one_of(std::array<core::Order, 4>{
      core::Order::none, core::Order::per_key, core::Order::per_key, core::Order::latest});
  ordering.key.header = kOrderingKey;
  ordering.version.header = kVersion;
  ordering.park = dice.one_of(std::array<core::Duration, 3>{seconds(1), seconds(20), minutes(5)});
  return ordering;
}

delivery::DestinationOptions draw_destination(Dice& dice, bool tight) {
  delivery::DestinationOptions destination;
  destination.connect_timeout = dice.one_of(std::array<core::Duration, 2>{seconds(1), seconds(3)});
  destination.total_timeout = dice.one_of(std::array<core::Duration, 2>{seconds(4), seconds(15)});
  destination.max_in_flight = tight ? 1 : dice.between(1, 8);
  destination.retry.on_4xx = dice.coin() ? delivery::On4xx::dead : delivery::On4xx::retry;
  if (dice.coin()) {
    destination.retry.schedule = {seconds(1), seconds(5)};
    if (dice.coin()) {  // so often that lanes refill while a sync is under way
      destination.retry.schedule.insert(destination.retry.schedule.begin(), 5, milliseconds(100));
    }
    destination.retry.then_every = minutes(20);
  }
  destination.retry.give_up_after =
      dice.one_of(std::array<core::Duration, 3>{minutes(2), hours(2), hours(72)});
  if (dice.between(1, 4) == 1) {
    destination.ttl = dice.one_of(std::array<core::Duration, 2>{seconds(20), hours(1)});
  }
  destination.ordering = draw_ordering(dice);
  if (dice.between(1, 4) == 1) {
    destination.rate = {.per_second = dice.one_of(std::array<double, 2>{1, 10}),
                        .burst = dice.one_of(std::array<double, 2>{1, 4})};
  }
  return destination;
}

// Its signatures are made with its name.
void name_destination(Dice& dice, delivery::DestinationOptions& destination, std::uint32_t number) {
  destination.name = fmt::format("client-{}", number);
  destination.secrets.push_back(signing_secret(destination.name, 1));
  if (dice.coin()) {
    destination.secrets.push_back(signing_secret(destination.name, 2));
  }
  if (dice.coin()) {
    destination.sign.push_back(delivery::Signature::meta);
    destination.meta_secret = "secret of " + destination.name;
  }
}

// What is left of the faults spares the node, so that nothing but the destinations that are down
// can delay what goes to the one that is well.
void make_isolation(Dice& dice, Options& options) {
  const Faults drawn = options.faults;
  options.isolation = true;
  options.operator_actions = options.jobs = options.reloads = 0;
  options.span = dice.one_of(std::array<core::Duration, 2>{seconds(30), minutes(20)});
  options.faults = {.lost_request = drawn.lost_request,
                    .lost_reply = drawn.lost_reply,
                    .doubled_request = drawn.doubled_request,
                    .resent_although_acked = drawn.resent_although_acked,
                    .trouble = 1};
  options.destinations.front().rate.reset();
  options.destinations.front().ordering = {};
}

}  // namespace

Options draw_options(std::uint64_t seed) {
  Dice dice(seed ^ 0x6f7074696f6e73ULL);
  const bool tight = dice.coin();
  Options options;
  options.seed = seed;
  options.requests = dice.between(5, 40);
  options.events_per_request_max = dice.coin() ? 1 : dice.between(2, 4);
  options.engines = dice.between(1, 2);
  options.ack_memory = dice.between(1, 3) == 1;
  options.ordering_keys = dice.between(1, 4);
  options.versions = dice.between(2, 20);
  const std::uint32_t destinations = dice.between(1, 4);
  for (std::uint32_t i = 0; i < destinations; ++i) {
    options.destinations.push_back(draw_destination(dice, tight));
    name_destination(dice, options.destinations.back(), i);
  }
  options.operator_actions = dice.coin() ? 0 : dice.between(5, 30);
  options.jobs = dice.coin() ? 0 : dice.between(2, 10);
  options.reloads = dice.between(1, 3) == 1 ? dice.between(1, 6) : 0;
  options.span = dice.one_of(
      std::array<core::Duration, 5>{seconds(1), seconds(5), seconds(30), minutes(20), hours(30)});
  options.dedup_window =
      dice.one_of(std::array<core::Duration, 3>{minutes(10), hours(20), hours(72)});
  options.dedup_bytes_max = dice.one_of(
      std::array<std::uint64_t, 3>{kUnlimited, kUnlimited, 3 * journal::kDedupKeyBytes});
  options.batch_commands_max = tight ? 1 : dice.between(2, 64);
  options.queue_commands_max = tight ? dice.between(1, 3) : 256;

  options.waiting_body_bytes_max = dice.one_of(std::array<std::size_t, 3>{0, 100, 1'000'000});
  options.request_bytes_max = dice.coin() ? kRequestMemoryMost : 1'000'000;

  options.housekeeping_rounds = dice.coin() ? 0 : dice.between(3, 12);
  options.retention = {
      .delivered = dice.one_of(std::array<core::Duration, 3>{minutes(1), hours(2), hours(72)}),
      .dead = dice.one_of(std::array<core::Duration, 3>{minutes(10), hours(5), hours(720)})};

  Faults& faults = options.faults;
  faults.crash = dice.fault(30, 1000);
  faults.stop = dice.fault(50, 1000);
  faults.failed_write = dice.fault(20, 200);
  faults.failed_sync = dice.fault(20, 200);
  faults.stall = dice.fault(5, 50);
  faults.slow_sync = dice.fault(1, 8);
  faults.lost_request = dice.fault(3, 30);
  faults.lost_reply = dice.fault(2, 20);
  faults.doubled_request = dice.fault(2, 10);
  faults.resent_although_acked = dice.fault(2, 10);
  faults.other_body = dice.fault(4, 20);
  faults.wall_step = dice.fault(50, 500);
  faults.failed_read = dice.fault(5, 50);
  faults.no_room = dice.fault(5, 50);
  faults.trouble = dice.fault(1, 6);
  faults.forged_request = dice.fault(2, 20);
  faults.short_disk = dice.fault(1, 4);
  faults.poison = dice.fault(2, 10);
  if (dice.between(1, 8) == 1) {
    make_isolation(dice, options);
  }
  return options;
}

std::string to_string(const Options& options) {
  const Faults& faults = options.faults;
  return fmt::format(
      "requests={} events_per_request_max={} ordering_keys={} versions={} engines={} ack_memory={} "
      "destinations={} isolation={} operator_actions={} jobs={} reloads={} "
      "span={} "
      "dedup_window={} dedup_bytes_max={} batch_commands_max={} queue_commands_max={} "
      "waiting_body_bytes_max={} "
      "request_bytes_max={} housekeeping_rounds={} retention={}/{} "
      "faults(one in): crash={} stop={} "
      "failed_write={} failed_sync={} stall={} slow_sync={} lost_request={} lost_reply={} "
      "doubled_request={} resent_although_acked={} other_body={} wall_step={} failed_read={} "
      "no_room={} "
      "trouble={} poison={} forged_request={} short_disk={}",
      options.requests, options.events_per_request_max, options.ordering_keys, options.versions,
      options.engines, options.ack_memory, options.destinations.size(), options.isolation,
      options.operator_actions, options.jobs, options.reloads,
      std::chrono::floor<seconds>(options.span), std::chrono::floor<seconds>(options.dedup_window),
      options.dedup_bytes_max, options.batch_commands_max, options.queue_commands_max,
      options.waiting_body_bytes_max, options.request_bytes_max, options.housekeeping_rounds,
      std::chrono::floor<seconds>(options.retention.delivered),
      std::chrono::floor<seconds>(options.retention.dead), faults.crash, faults.stop,
      faults.failed_write, faults.failed_sync, faults.stall, faults.slow_sync, faults.lost_request,
      faults.lost_reply, faults.doubled_request, faults.resent_although_acked, faults.other_body,
      faults.wall_step, faults.failed_read, faults.no_room, faults.trouble, faults.poison,
      faults.forged_request, faults.short_disk);
}

}  // namespace spillway::simulation
