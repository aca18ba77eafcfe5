#include "delivery/probe.hpp"

#include <gtest/gtest.h>

#include <list>
#include <string>

namespace spillway::delivery {
namespace {

TEST(Probe, the_first_lanes_made_have_a_lag_histogram_and_no_more) {
  core::Registry registry;
  Probe probe(registry);
  for (std::size_t lane = 0; lane <= Probe::kLagHistogramsMax; ++lane) {
    LaneProbe(probe, "to-" + std::to_string(lane)).delivered(std::chrono::seconds(1), {});
  }
  const auto measured = [&](std::size_t lane) {
    const core::Labels labels{{"destination", "to-" + std::to_string(lane)}};
    EXPECT_EQ(registry.counter("spillway_lag_total", "", labels).value(), 1u);
    return registry.histogram("spillway_delivery_lag_seconds", "", labels, core::latency_buckets())
        .snapshot()
        .count;
  };
  EXPECT_EQ(measured(0), 1u);
  EXPECT_EQ(measured(Probe::kLagHistogramsMax - 1), 1u);
  EXPECT_EQ(measured(Probe::kLagHistogramsMax), 0u);
}

}  // namespace
}  // namespace spillway::delivery
