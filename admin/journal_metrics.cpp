#include "admin/journal_metrics.hpp"

#include <chrono>

#include "admin/shapes.hpp"
#include "core/log.hpp"

namespace spillway::admin {

using core::Family;
using core::MetricKind;

namespace {

constexpr core::Duration kSampleEvery = std::chrono::seconds(5);

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
  } else {
    core::log(core::LogLevel::error, "metrics.sample_failed", {{"error", sampled.error().message}});
  }
  timer_ = context_->executor.run_at(context_->clock.now() + kSampleEvery, [this] { sample(); });
}

void JournalMetrics::collect(std::vector<Family>& families) const {
  const journal::Books::Totals totals = context_->writer.totals();
  const core::Time now = context_->clock.now();
  Family deliveries{
      "spillway_deliveries", "Deliveries by state, all those ever accepted", MetricKind::gauge, {}};
  Family oldest{"spillway_oldest_pending_seconds",
                "How long the oldest pending delivery has waited since it was accepted",
                MetricKind::gauge,
                {}};
  for (const DestinationBacklog& backlog : backlogs_) {
    const auto found = totals.find(backlog.record.number);
    const journal::Counts counts = found == totals.end() ? journal::Counts{} : found->second;
    for (std::size_t i = 0; i < core::kDeliveryStates; ++i) {
      const auto state = core::to_string(static_cast<core::DeliveryState>(i));
      deliveries.samples.push_back({{{"destination", backlog.name}, {"state", std::string(state)}},
                                    static_cast<double>(counts.by_state[i]),
                                    {}});
    }
    const double waited = backlog.oldest_pending ? seconds(now - *backlog.oldest_pending) : 0;
    oldest.samples.push_back({{{"destination", backlog.name}}, waited, {}});
  }
  families.push_back(std::move(deliveries));
  families.push_back(std::move(oldest));
  families.push_back({"spillway_unaccounted_events",
                      "Accepted deliveries that are in no state, or in two: always 0",
                      MetricKind::gauge,
                      {{{}, static_cast<double>(unaccounted(totals)), {}}}});
}

}  // namespace spillway::admin
