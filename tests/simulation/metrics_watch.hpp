// MetricsWatch: holds the metrics of one life of the node to what was seen of it (I10): attempts by
// what came of them, deliveries, repeats, and what died. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "core/delivery.hpp"
#include "core/metrics.hpp"
#include "delivery/sender.hpp"
#include "tests/simulation/options.hpp"
#include "tests/simulation/stored_journal.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {

class MetricsWatch {
 public:
  // All outlive it.
  MetricsWatch(const Options& options, World& world, core::Registry& registry)
      : options_(&options), world_(&world), registry_(&registry) {}

  void started(const DeliveryName& name, const delivery::SendRequest& request);
  void ended(const DeliveryName& name, const delivery::SendRequest& request, core::Outcome outcome);
  // The node has heard of that.
  void told(const delivery::SendRequest& request, core::Outcome outcome);

  // The node has heard that there was no room for an attempt.
  void put_off() { expect(++put_off_, "spillway_attempts_put_off_total", {}); }

  // The life begins with this journal.
  void begins(const StoredJournal& journal) { dead_before_ = dead_in(journal); }
  // No outcome is under way. Operators, repeats and retention may have taken dead letters away.
  void check_dead(const StoredJournal& journal);

 private:
  using Account = std::pair<journal::DestinationNumber, core::Reason>;
  using Dead = std::map<Account, std::uint64_t>;

  static Dead dead_in(const StoredJournal& journal);
  void expect(std::uint64_t seen, const std::string& metric, core::Labels labels);

  const Options* options_;
  World* world_;
  core::Registry* registry_;
  std::map<std::pair<journal::DestinationNumber, core::Outcome>, std::uint64_t> attempts_;
  // Deliveries in the generation whose last attempt may have arrived, and how many of those were
  // attempted again.
  std::set<std::pair<DeliveryName, std::uint32_t>> unknown_;
  std::uint64_t put_off_ = 0;
  std::uint64_t unknowns_ = 0;
  std::uint64_t repeats_ = 0;
  Dead dead_before_;
};

}  // namespace spillway::simulation
