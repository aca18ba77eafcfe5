#include "admin_prometheus/prometheus_exposition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace spillway::admin {
namespace {

using testing::HasSubstr;

TEST(PrometheusExposition, writes_every_kind_of_metric) {
  core::Registry registry;
  registry.counter("spillway_things_total", "Things", {{"where", "here"}}).add(3);
  registry.gauge("spillway_level", "A level").set(0.5);
  const std::array bounds{0.1, 1.0};
  core::Histogram& histogram = registry.histogram("spillway_took_seconds", "Took", {}, bounds);
  histogram.observe(0.05);
  histogram.observe(0.5);
  histogram.observe(7);
  const std::string text = PrometheusExposition(registry).text();
  EXPECT_THAT(text, HasSubstr("# HELP spillway_things_total Things\n"
                              "# TYPE spillway_things_total counter\n"
                              "spillway_things_total{where=\"here\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE spillway_level gauge\nspillway_level 0.5\n"));
  EXPECT_THAT(text, HasSubstr("spillway_took_seconds_bucket{le=\"0.1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("spillway_took_seconds_bucket{le=\"1\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("spillway_took_seconds_bucket{le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("spillway_took_seconds_count 3\n"));
  EXPECT_THAT(text, HasSubstr("spillway_took_seconds_sum 7.55"));
}

TEST(PrometheusExposition, escapes_labels) {
  core::Registry registry;
  registry.gauge("spillway_level", "", {{"destination", "a\"b\\c\nd"}}).set(1);
  EXPECT_THAT(PrometheusExposition(registry).text(),
              HasSubstr(R"(spillway_level{destination="a\"b\\c\nd"} 1)"));
}

TEST(PrometheusExposition, takes_what_is_collected_by_callback) {
  core::Registry registry;
  registry.collect_with([](std::vector<core::Family>& families) {
    families.push_back({"spillway_asked", "", core::MetricKind::counter, {{{}, 9, {}}}});
  });
  EXPECT_THAT(PrometheusExposition(registry).text(), HasSubstr("spillway_asked 9\n"));
}

}  // namespace
}  // namespace spillway::admin
