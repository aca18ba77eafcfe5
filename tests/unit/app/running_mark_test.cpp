#include "app/running_mark.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>

namespace spillway::app {
namespace {

delivery::LaneSetup lane(journal::DestinationNumber number, std::size_t max_in_flight) {
  delivery::DestinationOptions options;
  options.max_in_flight = max_in_flight;
  journal::DestinationRecord record;
  record.number = number;
  return {std::make_shared<delivery::Destination>(
              delivery::Destination{number, options, *delivery::Signer::compile(options), nullptr}),
          record};
}

journal::Counts pending(std::uint64_t deliveries) {
  journal::Counts counts;
  counts.accepted = deliveries + 7;
  counts.by_state[static_cast<std::size_t>(core::DeliveryState::pending)] = deliveries;
  counts.by_state[static_cast<std::size_t>(core::DeliveryState::delivered)] = 7;
  return counts;
}

TEST(RunningMark, stands_until_it_is_removed) {
  const std::filesystem::path directory =
      std::filesystem::path(testing::TempDir()) / fmt::format("spillway_mark_{}", ::getpid());
  std::filesystem::create_directories(directory);
  EXPECT_FALSE(make_running_mark(directory));
  EXPECT_TRUE(make_running_mark(directory));
  remove_running_mark(directory);
  EXPECT_FALSE(make_running_mark(directory));
  std::filesystem::remove_all(directory);
}

TEST(RunningMark, no_more_were_under_way_than_were_pending_or_allowed) {
  const journal::Books::Totals totals{{1, pending(3)}, {2, pending(1'000'000)}, {4, pending(50)}};
  EXPECT_EQ(attempts_cut_off_max(totals, {lane(1, 64), lane(2, 64), lane(3, 64)}), 3U + 64U);
  EXPECT_EQ(attempts_cut_off_max({}, {lane(1, 64)}), 0U);
}

}  // namespace
}  // namespace spillway::app
