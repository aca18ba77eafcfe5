// Oracle: holds what the node stores to what the world saw, by the invariants below. Beside them,
// I4 is SimGateway's (no ack without verification and journal), that signatures verify (I3) the
// Receiver's, the order of attempts (I7) OrderWatch's, I9 PaceWatch's (never more than allowed),
// that metrics say what was seen (I10) MetricsWatch's, that jobs do what was asked for JobWatch's,
// that all is sent soon after an outage (I12) RecoveryWatch's, I13 the trace's (a seed runs the
// same twice). Stateless; every check returns what is wrong, or nothing. One thread.
//
//   I1  acked => in the journal after every crash       I6  nothing after a durable fate
//   I2  in the end delivered, or dead with attempts     I10 the books balance and equal a scan
//   I3  nothing invented, bodies byte-identical         I11 recovery changes nothing
//   I5  one key inside its window => one event          I12 the backlog drains, nothing is left
//   I7  nothing superseded but by a newer version       I8  no destination is held up by another
//
// What retention may have taken by now counts as there (RetentionWatch); what waits, and what is
// dead and young, never may.
#pragma once

#include <optional>
#include <string>

#include "journal/store.hpp"
#include "journal/writer.hpp"
#include "tests/simulation/options.hpp"
#include "tests/simulation/retention_watch.hpp"
#include "tests/simulation/stored_journal.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {

class Oracle {
 public:
  using Finding = std::optional<std::string>;

  Oracle(const Options& options, const World& world, const RetentionWatch& watch)
      : options_(&options), world_(&world), watch_(&watch) {}

  // At any moment between two tasks: the store is in order and the writer's totals agree with it.
  [[nodiscard]] Finding check_books(const StoredJournal& journal,
                                    const journal::Writer& writer) const;

  // Everything ever promised, held to what is stored, which the retention watch has just seen.
  // Right after a crash and at the end.
  [[nodiscard]] Finding check_promises(const journal::Store& store) const;

  // After the liveness phase, when the retention watch has just seen what is stored.
  [[nodiscard]] Finding check_converged(const journal::Store& store) const;

 private:
  // A newer version of the event's ordering key is known that has not been superseded there itself.
  [[nodiscard]] bool newer_is_known(const core::EventId& id, const SentEvent& sent,
                                    std::size_t target) const;
  // So it is history as soon as it is accepted, and may go before anybody has looked.
  [[nodiscard]] bool may_go_at_once(const core::EventId& id, const SentEvent& sent) const;
  [[nodiscard]] Finding check_acks() const;
  [[nodiscard]] Finding check_requests() const;
  [[nodiscard]] Finding check_events() const;
  [[nodiscard]] Finding check_keys() const;
  [[nodiscard]] Finding check_fates(const StoredJournal& journal) const;
  [[nodiscard]] Finding check_attempts(const StoredJournal& journal) const;
  [[nodiscard]] Finding check_versions(const StoredJournal& journal) const;
  [[nodiscard]] Finding check_isolation() const;
  [[nodiscard]] Finding check_retired(const StoredJournal& journal) const;
  [[nodiscard]] Finding check_destinations(const StoredJournal& journal) const;

  const Options* options_;
  const World* world_;
  const RetentionWatch* watch_;
};

}  // namespace spillway::simulation
