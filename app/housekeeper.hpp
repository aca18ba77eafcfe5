// What has to be done now and then: keep the clock in step, watch the disk budget, let history go
// by its retention, or early when the disk runs short. Lives on the reader's executor; made and
// stopped by Node.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <string>

#include "core/byte_budget.hpp"
#include "core/executor.hpp"
#include "core/metrics.hpp"
#include "core/system_clock.hpp"
#include "gateway/front_door.hpp"
#include "journal/command.hpp"
#include "journal/disk_budget.hpp"
#include "journal/retention.hpp"
#include "journal/store.hpp"
#include "journal/writer.hpp"

namespace spillway::app {

struct HousekeeperOptions {
  std::filesystem::path data_dir;
  journal::DiskBudget budget;
  journal::Retention retention;
  std::map<journal::SourceNumber, journal::DedupLimit> dedup;
  bool drain_only = false;  // started without its ballast: accept nothing until there is room
};

// All outlive the housekeeper.
struct HousekeeperParts {
  core::Executor& executor;
  core::SystemClock& clock;
  const journal::Store& store;
  const journal::Writer& writer;
  journal::CommandQueue& commands;
  gateway::Gate& gate;
  const core::ByteBudget& ingest_memory;
  core::Registry& registry;
};

class Housekeeper {
 public:
  Housekeeper(HousekeeperParts parts, HousekeeperOptions options);

  // On the executor, as everything below.
  void start();
  // A reload may change retention and dedup limits.
  void set_limits(journal::Retention retention,
                  std::map<journal::SourceNumber, journal::DedupLimit> dedup);
  // Starts nothing more; what was asked of the journal may still be answered.
  void stop();

 private:
  void every_second();
  void watch_clock();
  void every_minute();
  void watch_disk();
  void act_on(const journal::DiskBudget::Decision& decision, std::uint64_t used);
  // Lets history go by its age, or early until that many bytes of bodies are gone.
  void retire();
  void retire_early(const journal::DiskBudget::Decision& wanted);
  using Continue = std::move_only_function<bool(const journal::Retired&)>;
  void ask_to_retire(bool early, Continue go_on);
  void sweep_early(core::Duration look_every);
  void sweep(std::string cursor);
  void forget_keys();
  [[nodiscard]] bool early_retirement_pays() const;

  HousekeeperParts parts_;
  HousekeeperOptions options_;
  core::Gauge& journal_bytes_;
  core::Gauge& budget_ratio_;
  core::Gauge& dedup_bytes_;
  core::Gauge& clock_stepped_;
  core::Gauge& clock_offset_;
  core::Counter& retired_early_;
  core::Counter& keys_forgotten_early_;
  bool disk_short_ = false;  // delivered history goes early
  // Of the last look that saw anything.
  std::int64_t disk_room_ = std::numeric_limits<std::int64_t>::max();
  std::uint64_t minutes_ = 0;
  core::Time sweep_early_again_{};
  bool retiring_ = false;
  bool sweeping_ = false;
  bool stopped_ = false;
};

}  // namespace spillway::app
