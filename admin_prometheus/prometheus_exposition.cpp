#include "admin_prometheus/prometheus_exposition.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <utility>
#include <vector>

namespace spillway::admin {

using core::MetricKind;
using prometheus::ClientMetric;

namespace {

ClientMetric::Histogram histogram_of(const core::Histogram::Snapshot& snapshot) {
  ClientMetric::Histogram histogram;
  histogram.sample_count = snapshot.count;
  histogram.sample_sum = snapshot.sum;
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < snapshot.counts.size(); ++i) {
    cumulative += snapshot.counts[i];
    const double upper_bound = i < snapshot.upper_bounds.size()
                                   ? snapshot.upper_bounds[i]
                                   : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back({cumulative, upper_bound});
  }
  return histogram;
}

ClientMetric metric_of(MetricKind kind, const core::Sample& sample) {
  ClientMetric metric;
  for (const auto& [name, value] : sample.labels) {
    metric.label.push_back({name, value});
  }
  switch (kind) {
    case MetricKind::counter:
      metric.counter.value = sample.value;
      break;
    case MetricKind::gauge:
      metric.gauge.value = sample.value;
      break;
    case MetricKind::histogram:
      metric.histogram = histogram_of(sample.histogram);
      break;
  }
  return metric;
}

prometheus::MetricType type_of(MetricKind kind) {
  switch (kind) {
    case MetricKind::counter:
      return prometheus::MetricType::Counter;
    case MetricKind::gauge:
      return prometheus::MetricType::Gauge;
    case MetricKind::histogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

}  // namespace

std::string PrometheusExposition::text() const {
  std::vector<prometheus::MetricFamily> families;
  for (const core::Family& family : registry_->collect()) {
    prometheus::MetricFamily converted{family.name, family.help, type_of(family.kind), {}};
    for (const core::Sample& sample : family.samples) {
      converted.metric.push_back(metric_of(family.kind, sample));
    }
    families.push_back(std::move(converted));
  }
  return prometheus::TextSerializer().Serialize(families);
}

std::string_view PrometheusExposition::content_type() const {
  return "text/plain; version=0.0.4; charset=utf-8";
}

}  // namespace spillway::admin
