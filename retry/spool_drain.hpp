// Empties a node that does not run into the log: hands over every pending delivery that may be
// attempted elsewhere (docs/correctness.md 28). Nobody else may attempt them meanwhile. Runs on one
// executor, where it reads the store.
#pragma once

#include "core/clock.hpp"
#include "core/executor.hpp"
#include "journal/reader.hpp"
#include "journal/store.hpp"
#include "retry/hand_over_desk.hpp"

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace spillway::retry {

struct Drained {
  std::size_t handed_over = 0;
  std::size_t ordered = 0;    // stay here: their order holds where they were accepted
  std::size_t too_large = 0;  // stay here: the log does not take them
  bool finished = false;      // false: the log did not take the rest in time
};

struct SpoolDrainParts {
  core::Executor& executor;
  const core::Clock& clock;
  const journal::Store& store;
  HandOverDesk& desk;
  std::size_t body_bytes_max = 0;
};

class SpoolDrain {
 public:
  static constexpr std::size_t kBatchMax = 128;
  static constexpr core::Duration kPause = std::chrono::milliseconds(20);  // between two looks

  explicit SpoolDrain(SpoolDrainParts parts) : parts_(parts), reader_(parts.store) {}

  // Calls back once, at the deadline at the latest; or with why the journal cannot be read.
  using Done = std::move_only_function<void(core::Result<Drained>)>;
  void start(core::Time deadline, Done done);

  // So many the desk has taken back: they are handed over again.
  void came_back(std::size_t deliveries) { drained_.handed_over -= deliveries; }

 private:
  void step();
  void wait();
  core::Result<bool> hand_over_some();
  core::Result<bool> hand_over_some(const journal::NamedDestinationRecord& destination);
  void end(core::Result<void> result);

  SpoolDrainParts parts_;
  const journal::Reader reader_;
  journal::SourceNames sources_;
  std::vector<journal::NamedDestinationRecord> destinations_;
  std::set<journal::DeliveryRef> staying_;
  core::Time deadline_;
  std::size_t answers_awaited_ = 0;
  Drained drained_;
  Done done_;
};

}  // namespace spillway::retry
