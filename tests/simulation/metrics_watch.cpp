#include "tests/simulation/metrics_watch.hpp"

#include <fmt/format.h>

namespace spillway::simulation {

using core::Outcome;

void MetricsWatch::expect(std::uint64_t seen, const std::string& metric, core::Labels labels) {
  const std::uint64_t told = registry_->counter(metric, "", std::move(labels)).value();
  if (told != seen) {
    world_->violate(fmt::format("I10: {} is {}, and {} were seen", metric, told, seen));
  }
}

void MetricsWatch::started(const DeliveryName& name, const delivery::SendRequest& request) {
  if (unknown_.erase({name, request.generation}) == 0) {
    return;
  }
  ++repeats_;
  const std::uint64_t told =
      registry_->counter("spillway_duplicates_total", "", {{"where", "unknown_outcome"}}).value();
  if (told < repeats_ || told > unknowns_) {
    world_->violate(fmt::format("I10: {} repeats are told, {} were made after {} unknown outcomes",
                                told, repeats_, unknowns_));
  }
}

void MetricsWatch::ended(const DeliveryName& name, const delivery::SendRequest& request,
                         Outcome outcome) {
  ++attempts_[{name.destination, outcome}];
  if (outcome == Outcome::unknown) {
    ++unknowns_;
    unknown_.emplace(name, request.generation);
  }
}

void MetricsWatch::told(const delivery::SendRequest& request, Outcome outcome) {
  const std::string& destination = request.destination->options.name;
  const std::uint64_t seen = attempts_[{request.destination->number, outcome}];
  expect(seen, "spillway_attempts_total",
         {{"destination", destination}, {"outcome", std::string(to_string(outcome))}});
  if (outcome == Outcome::delivered) {
    expect(seen, "spillway_lag_total", {{"destination", destination}});
  }
}

MetricsWatch::Dead MetricsWatch::dead_in(const StoredJournal& journal) {
  Dead dead;
  for (const auto& [ref, record] : journal.deliveries) {
    if (record.state == core::DeliveryState::dead && ref.destination != journal::kNoDestination) {
      ++dead[{ref.destination, record.reason}];
    }
  }
  return dead;
}

void MetricsWatch::check_dead(const StoredJournal& journal) {
  for (const auto& [account, now] : dead_in(journal)) {
    const auto& [destination, reason] = account;
    const std::string& name = options_->destinations[destination - 1].name;
    const std::uint64_t told =
        registry_
            ->counter("spillway_dead_total", "",
                      {{"destination", name}, {"reason", std::string(to_string(reason))}})
            .value();
    if (dead_before_[account] + told < now) {
      world_->violate(fmt::format(
          "I10: {} deliveries to {} are dead ({}), {} were at the start and {} are told", now, name,
          to_string(reason), dead_before_[account], told));
    }
  }
}

}  // namespace spillway::simulation
