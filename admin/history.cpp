#include "admin/history.hpp"

#include <algorithm>
#include <limits>

namespace spillway::admin {

namespace {

constexpr float kNot = std::numeric_limits<float>::quiet_NaN();
constexpr auto kRing = static_cast<std::int64_t>(History::kStepsKept);

std::int64_t step_of(core::Time now) {
  return now.time_since_epoch() / History::kStep;
}

std::size_t place_of(std::int64_t step) {
  return static_cast<std::size_t>(step % kRing);
}

// A counter that began anew counts from nothing.
float grown(std::uint64_t before, std::uint64_t now) {
  return static_cast<float>(now >= before ? now - before : now);
}

core::Histogram::Snapshot grown(const core::Histogram::Snapshot& before,
                                const core::Histogram::Snapshot& now) {
  core::Histogram::Snapshot step = now;
  if (before.counts.size() == now.counts.size()) {
    step.count = 0;
    for (std::size_t i = 0; i < step.counts.size(); ++i) {
      step.counts[i] -= std::min(before.counts[i], now.counts[i]);
      step.count += step.counts[i];
    }
  }
  return step;
}

History::Sample sample_of(const Reading& before, const Reading& now) {
  const core::Histogram::Snapshot lag = grown(before.lag, now.lag);
  return {.accepted = grown(before.accepted, now.accepted),
          .delivered = grown(before.delivered, now.delivered),
          .failed = grown(before.failed, now.failed),
          .dead = grown(before.dead, now.dead),
          .pending = static_cast<float>(now.pending),
          .oldest_pending_seconds =
              now.oldest_pending
                  ? std::chrono::duration<float>(std::max(core::Duration{}, *now.oldest_pending))
                        .count()
                  : kNot,
          .lag_p50_seconds = lag.count == 0 ? kNot : static_cast<float>(lag.quantile(0.5)),
          .lag_p99_seconds = lag.count == 0 ? kNot : static_cast<float>(lag.quantile(0.99))};
}

}  // namespace

const History::Sample History::kNothing{kNot, kNot, kNot, kNot, kNot, kNot, kNot, kNot};

void History::take(core::Time now, const Reading& node,
                   const std::map<std::string, Reading>& readings) {
  const std::int64_t step = step_of(now);
  if (began_ && step < step_) {
    *this = {};  // the clock was set back: what was kept lies in a future that has not come
  }
  if (!began_) {
    began_ = step;
  } else if (step == step_) {
    return;
  }
  step_ = step;
  advance(node_, node);
  std::erase_if(destinations_,
                [this](const auto& entry) { return entry.second.last_step <= step_ - kRing; });
  for (const auto& [name, reading] : readings) {
    const auto known = destinations_.find(name);
    if (known != destinations_.end()) {
      advance(known->second, reading);
    } else if (destinations_.size() < kDestinationsMax) {
      advance(destinations_[name], reading);
    }
  }
}

// The first reading of a track says only where its counts begin.
void History::advance(Track& track, const Reading& reading) const {
  if (track.samples.empty()) {
    track.samples.assign(kStepsKept, kNothing);
  } else {
    const std::int64_t missed = std::max(track.last_step + 1, step_ - kRing + 1);
    for (std::int64_t step = missed; step < step_; ++step) {
      track.samples[place_of(step)] = kNothing;
    }
    track.samples[place_of(step_)] = sample_of(track.last, reading);
  }
  track.last = reading;
  track.last_step = step_;
}

std::int64_t History::first_step() const {
  return std::max(*began_ + 1, step_ - kRing + 1);
}

History::Series History::series(const Track& track) const {
  Series series;
  for (std::int64_t step = first_step(); step <= step_; ++step) {
    series.samples.push_back(step <= track.last_step && step > track.last_step - kRing
                                 ? track.samples[place_of(step)]
                                 : kNothing);
  }
  // A reading is taken at the end of the step before: the step's number is that of its end.
  series.from = core::Time((first_step() - 1) * kStep);
  return series;
}

History::Series History::of_node() const {
  return began_ ? series(node_) : Series{};
}

std::optional<History::Series> History::of(std::string_view destination) const {
  const auto found = destinations_.find(destination);
  return found == destinations_.end() ? std::nullopt : std::optional(series(found->second));
}

}  // namespace spillway::admin
