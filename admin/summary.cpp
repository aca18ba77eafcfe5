// GET /v1/summary: the node at a glance.
#include <cmath>

#include "admin/awaiting.hpp"
#include "admin/backlog.hpp"
#include "admin/endpoints.hpp"
#include "admin/shapes.hpp"

namespace spillway::admin {

using core::Histogram;
using core::JsonWriter;

namespace {

// One distribution of all destinations; they have the same bounds.
Histogram::Snapshot lag_of_all(const core::Registry& registry) {
  Histogram::Snapshot all;
  for (const core::Sample& sample : registry.collect("spillway_delivery_lag_seconds").samples) {
    all.upper_bounds = sample.histogram.upper_bounds;
    all.counts.resize(sample.histogram.counts.size());
    for (std::size_t i = 0; i < all.counts.size(); ++i) {
      all.counts[i] += sample.histogram.counts[i];
    }
    all.sum += sample.histogram.sum;
    all.count += sample.histogram.count;
  }
  return all;
}

void write_lag(JsonWriter& json, const Histogram::Snapshot& lag) {
  json.key("delivery_lag").begin_object();
  json.key("count").value(lag.count);
  for (const auto& [name, share] : {std::pair("p50_seconds", 0.5), {"p99_seconds", 0.99}}) {
    json.key(name);
    if (lag.count == 0) {
      json.null();
    } else {
      json.value(lag.quantile(share));
    }
  }
  json.end_object();
}

// What happened in the newest step of the history, by the second.
void write_rates(JsonWriter& json, const History& history) {
  const std::vector<History::Sample> samples = history.of_node().samples;
  json.key("rates");
  if (samples.empty() || std::isnan(samples.back().accepted)) {
    json.null();
    return;
  }
  const History::Sample& last = samples.back();
  const double step = seconds(History::kStep);
  json.begin_object();
  json.key("accepted_per_second").value(last.accepted / step);
  json.key("delivered_per_second").value(last.delivered / step);
  json.key("failed_per_second").value(last.failed / step);
  json.end_object();
}

// Null until the disk was looked at.
void write_disk_budget(JsonWriter& json, const core::Registry& registry) {
  json.key("disk_budget_ratio");
  const auto samples = registry.collect("spillway_disk_budget_ratio").samples;
  if (samples.empty()) {
    json.null();
  } else {
    json.value(samples.front().value);
  }
}

struct Overview {
  std::vector<DestinationBacklog> backlogs;
  std::uint64_t journal_bytes = 0;
};

core::Result<Overview> read_overview(const AdminContext& context, const JournalView& view) {
  auto backlogs = read_backlogs(view, context.writer.totals());
  if (!backlogs) {
    return std::unexpected(std::move(backlogs).error());
  }
  return Overview{*std::move(backlogs), context.store.disk_bytes()};
}

void write_backlogs(JsonWriter& json, const std::vector<DestinationBacklog>& backlogs,
                    core::Time now) {
  journal::Counts total;
  std::optional<core::Time> oldest;
  std::size_t paused = 0;
  for (const DestinationBacklog& backlog : backlogs) {
    total += backlog.counts;
    paused += backlog.record.paused() ? 1 : 0;
    if (backlog.oldest_pending) {
      oldest = std::min(oldest.value_or(*backlog.oldest_pending), *backlog.oldest_pending);
    }
  }
  json.key("deliveries").begin_object();
  write_counts(json, total);
  json.end_object();
  json.key("oldest_pending_seconds");
  write_seconds(json, oldest ? std::optional(now - *oldest) : std::nullopt);
  json.key("destinations_paused").value(paused);
}

}  // namespace

Answer get_summary(AdminContext* context, Call) {
  const auto overview = co_await read_journal(
      context, [context](const JournalView& view) { return read_overview(*context, view); });
  if (!overview) {
    co_return std::unexpected(overview.error());
  }
  const core::Time now = context->clock.now();
  const auto ready = context->ready();
  const std::vector<DestinationStatus> configured = context->delivery.destinations();
  std::size_t in_flight = 0;
  for (const DestinationStatus& status : configured) {
    in_flight += status.in_flight;
  }
  JsonWriter json;
  json.begin_object();
  json.key("node").value(context->node);
  json.key("version").value(context->version);
  json.key("as_of").value(time_text(now));
  json.key("uptime_seconds").value(seconds(now - context->started));
  json.key("ready").value(ready.has_value());
  json.key("not_ready_because");
  write_text(json, ready ? "" : ready.error().message);
  write_backlogs(json, overview->backlogs, now);
  json.key("destinations_configured").value(configured.size());
  json.key("in_flight").value(in_flight);
  json.key("unaccounted").value(unaccounted(context->writer.totals()));
  json.key("journal_bytes").value(overview->journal_bytes);
  write_disk_budget(json, context->registry);
  write_lag(json, lag_of_all(context->registry));
  write_rates(json, *context->history);
  json.end_object();
  co_return json_response(std::move(json));
}

}  // namespace spillway::admin
