#include "admin/journal_metrics.hpp"

#include <chrono>

#include "admin/shapes.hpp"
#include "core/log.hpp"

namespace spillway::admin {

using core::Family;
using core::MetricKind;

namespace {

constexpr core::Duration kSampleEvery = std::chrono::seconds(5);

std::set<std::string> configured_names(const DeliveryControl& delivery) {
  std::set<std::string> names{std::string(kNoDestinationName)};
  for (DestinationStatus& status : delivery.destinations()) {
    names.insert(std::move(status.name));
  }
  return names;
}

journal::Counts counts_of(const journal::Books::Totals& totals, const DestinationBacklog& backlog) {
  const auto found = totals.find(backlog.record.number);
  return found == totals.end() ? journal::Counts{} : found->second;
}

}  // namespace

JournalMetrics::JournalMetrics(AdminContext& context, core::Registry& registry)
    : context_(&context) {
  registry.collect_with([this](std::vector<Family>& families) { collect(families); });
}

void JournalMetrics::start() {
  sample();
}

void JournalMetrics::stop() {
  stopped_ = true;
  context_->executor.cancel(timer_);
}

void JournalMetrics::sample() {
  context_->reader.post([this] {
    auto view = JournalView::open(context_->store);
    auto sampled = view ? read_backlogs(*view, context_->writer.totals())
                        : std::unexpected(std::move(view).error());
    context_->executor.post(
        [this, sampled = std::move(sampled)]() mutable { take(std::move(sampled)); });
  });
}

void JournalMetrics::take(core::Result<std::vector<DestinationBacklog>> sampled) {
  if (stopped_) {
    return;
  }
  if (sampled) {
    backlogs_ = *std::move(sampled);
    tell_orphans();
  } else {
    core::log(core::LogLevel::error, "metrics.sample_failed", {{"error", sampled.error().message}});
  }
  timer_ = context_->executor.run_at(context_->clock.now() + kSampleEvery, [this] { sample(); });
}

void JournalMetrics::tell_orphans() {
  const std::set<std::string> configured = configured_names(context_->delivery);
  std::set<std::string> orphans;
  for (const DestinationBacklog& backlog : backlogs_) {
    const std::uint64_t pending = backlog.counts.in(core::DeliveryState::pending);
    if (pending == 0 || configured.contains(backlog.name)) {
      continue;
    }
    if (!orphans_told_.contains(backlog.name)) {
      core::log(core::LogLevel::warn, "destination.orphaned",
                {{"destination", backlog.name},
                 {"pending", pending},
                 {"effect", "kept, and not attempted until it is configured again"}});
    }
    orphans.insert(backlog.name);
  }
  orphans_told_ = std::move(orphans);
}

void JournalMetrics::collect(std::vector<Family>& families) const {
  const std::set<std::string> configured = configured_names(context_->delivery);
  const journal::Books::Totals totals = context_->writer.totals();
  const core::Time now = context_->clock.now();
  Family deliveries{
      "spillway_deliveries", "Deliveries by state, all those ever accepted", MetricKind::gauge, {}};
  Family oldest{"spillway_oldest_pending_seconds",
                "How long the oldest pending delivery has waited since it was accepted",
                MetricKind::gauge,
                {}};
  Family orphaned{"spillway_orphaned_deliveries",
                  "Pending deliveries of destinations that are no longer configured",
                  MetricKind::gauge,
                  {}};
  for (const DestinationBacklog& backlog : backlogs_) {
    const journal::Counts counts = counts_of(totals, backlog);
    for (std::size_t i = 0; i < core::kDeliveryStates; ++i) {
      const auto state = core::to_string(static_cast<core::DeliveryState>(i));
      deliveries.samples.push_back({{{"destination", backlog.name}, {"state", std::string(state)}},
                                    static_cast<double>(counts.by_state[i]),
                                    {}});
    }
    const double waited = backlog.oldest_pending ? seconds(now - *backlog.oldest_pending) : 0;
    oldest.samples.push_back({{{"destination", backlog.name}}, waited, {}});
    if (!configured.contains(backlog.name)) {
      const std::uint64_t pending = counts.in(core::DeliveryState::pending);
      orphaned.samples.push_back(
          {{{"destination", backlog.name}}, static_cast<double>(pending), {}});
    }
  }
  families.push_back(std::move(deliveries));
  families.push_back(std::move(oldest));
  families.push_back(std::move(orphaned));
  families.push_back({"spillway_unaccounted_events",
                      "Accepted deliveries that are in no state, or in two: always 0",
                      MetricKind::gauge,
                      {{{}, static_cast<double>(unaccounted(totals)), {}}}});
}

}  // namespace spillway::admin
