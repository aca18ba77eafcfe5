#include "admin/history.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cmath>

#include "admin/history_sampler.hpp"
#include "tests/unit/admin/node.hpp"

namespace spillway::admin {
namespace {

using namespace std::chrono_literals;

const core::Time kStart = core::Time(1'000'000s);

Reading reading(std::uint64_t accepted, std::uint64_t pending = 0) {
  return {.accepted = accepted, .pending = pending};
}

class HistoryTest : public testing::Test {
 protected:
  // One step later than the last.
  void take(const Reading& node, const std::map<std::string, Reading>& readings = {}) {
    history.take(now, node, readings);
    now += History::kStep;
  }

  History history;
  core::Time now = kStart;
};

TEST_F(HistoryTest, counts_what_happened_in_each_step) {
  EXPECT_TRUE(history.of_node().samples.empty());
  take(reading(100));
  EXPECT_TRUE(history.of_node().samples.empty());
  take(reading(130, 7));
  take(reading(130, 4));
  const auto series = history.of_node();
  ASSERT_EQ(series.samples.size(), 2);
  EXPECT_EQ(series.from, kStart);
  EXPECT_EQ(series.samples[0].accepted, 30);
  EXPECT_EQ(series.samples[0].pending, 7);
  EXPECT_EQ(series.samples[1].accepted, 0);
  EXPECT_EQ(series.samples[1].pending, 4);
  EXPECT_TRUE(std::isnan(series.samples[1].oldest_pending_seconds));
}

TEST_F(HistoryTest, tells_the_lag_of_what_was_delivered_in_the_step) {
  core::Histogram lag(core::latency_buckets());
  const auto with_lag = [&lag] { return Reading{.lag = lag.snapshot()}; };
  take(with_lag());
  for (int i = 0; i < 1000; ++i) {
    lag.observe(20);
  }
  take(with_lag());
  lag.observe(0.0004);
  take(with_lag());
  take(with_lag());
  const auto samples = history.of_node().samples;
  EXPECT_GT(samples[0].lag_p50_seconds, 10);
  EXPECT_LT(samples[1].lag_p99_seconds, 0.001);
  EXPECT_TRUE(std::isnan(samples[2].lag_p50_seconds));
}

TEST_F(HistoryTest, keeps_an_hour) {
  for (int i = 0; i <= 1000; ++i) {
    take(reading(static_cast<std::uint64_t>(i * i)));
  }
  const auto series = history.of_node();
  ASSERT_EQ(series.samples.size(), History::kStepsKept);
  EXPECT_EQ(series.samples.back().accepted, 1000 * 1000 - 999 * 999);
  EXPECT_EQ(series.from + History::kStepsKept * History::kStep, now - History::kStep);
}

TEST_F(HistoryTest, steps_that_were_missed_are_nothing) {
  take(reading(0));
  take(reading(1));
  now += 3 * History::kStep;
  take(reading(5));
  const auto samples = history.of_node().samples;
  ASSERT_EQ(samples.size(), 5);
  EXPECT_EQ(samples[0].accepted, 1);
  EXPECT_TRUE(std::isnan(samples[1].accepted) && std::isnan(samples[3].accepted));
  EXPECT_EQ(samples[4].accepted, 4);
  now += 1000 * History::kStep;
  take(reading(6));
  const auto late = history.of_node().samples;
  ASSERT_EQ(late.size(), History::kStepsKept);
  EXPECT_TRUE(std::isnan(late[History::kStepsKept - 2].accepted));
  EXPECT_EQ(late.back().accepted, 1);
}

TEST_F(HistoryTest, begins_anew_when_the_clock_is_set_back) {
  take(reading(1));
  take(reading(2));
  now = kStart - 1h;
  take(reading(3));
  EXPECT_TRUE(history.of_node().samples.empty());
  take(reading(5));
  EXPECT_EQ(history.of_node().samples.at(0).accepted, 2);
}

TEST_F(HistoryTest, a_destination_that_came_later_has_nothing_before) {
  take(reading(0));
  take(reading(0), {{"acme", reading(10)}});
  take(reading(0), {{"acme", reading(15)}});
  take(reading(0));
  const auto series = history.of("acme");
  ASSERT_TRUE(series);
  ASSERT_EQ(series->samples.size(), 3);
  EXPECT_TRUE(std::isnan(series->samples[0].accepted));
  EXPECT_EQ(series->samples[1].accepted, 5);
  EXPECT_TRUE(std::isnan(series->samples[2].accepted));
  EXPECT_FALSE(history.of("backup"));
}

TEST_F(HistoryTest, so_many_destinations_are_kept_until_they_are_gone_for_an_hour) {
  std::map<std::string, Reading> many;
  for (std::size_t i = 0; i < History::kDestinationsMax; ++i) {
    many[fmt::format("d{}", i)] = reading(i);
  }
  take(reading(0), many);
  many["late"] = reading(1);
  take(reading(0), many);
  EXPECT_TRUE(history.of("d7"));
  EXPECT_FALSE(history.of("late"));
  many.erase("d7");
  for (std::size_t i = 0; i < History::kStepsKept; ++i) {
    take(reading(0), many);
  }
  EXPECT_FALSE(history.of("d7"));
  EXPECT_TRUE(history.of("late"));
}

TEST(HistorySamples, come_from_the_books_and_the_counters) {
  testing_support::Node node;
  JournalMetrics metrics(node.context, node.registry);
  HistorySampler sampler(node.context, metrics);
  static_cast<void>(node.accept({"acme"}));  // before: of no step
  sampler.start();
  metrics.start();
  node.run();
  node.time.run_for(std::chrono::milliseconds(100));
  EXPECT_EQ(node.get("/v1/history").size("/samples"), 0);
  static_cast<void>(node.accept({"acme"}));
  static_cast<void>(node.accept({}));
  node.registry
      .counter("spillway_attempts_total", "", {{"destination", "acme"}, {"outcome", "deferred"}})
      .add(3);
  node.time.run_for(History::kStep);
  const auto all = node.get("/v1/history");
  ASSERT_EQ(all.size("/samples"), 1) << all.body();
  EXPECT_EQ(all.at("/step_seconds"), "10");
  EXPECT_EQ(all.at("/samples/0/accepted"), "2");
  EXPECT_EQ(all.at("/samples/0/dead"), "1");
  const auto acme = node.get("/v1/history?destination=acme");
  EXPECT_EQ(acme.at("/samples/0/accepted"), "1");
  EXPECT_EQ(acme.at("/samples/0/failed"), "3");
  EXPECT_EQ(acme.at("/samples/0/pending"), "2");
  EXPECT_EQ(acme.at("/samples/0/lag_p50_seconds"), "null");
  EXPECT_EQ(node.get("/v1/history?destination=nobody").status(), 404);
  metrics.stop();
  sampler.stop();
}

}  // namespace
}  // namespace spillway::admin
