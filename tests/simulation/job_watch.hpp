// JobWatch: holds jobs to what operators asked for, across crashes. What was there to be done when
// a job was made is done when the job is; nothing is dropped or erased that nobody asked to be; a
// job that was answered is never gone, and one that has ended stays as it is. Knows of jobs only
// what the store holds, and decides by itself which deliveries and events a filter describes.
// Outside the node; one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "core/event_id.hpp"
#include "journal/records.hpp"
#include "retry/job_record.hpp"
#include "tests/simulation/environment.hpp"
#include "tests/simulation/retention_watch.hpp"
#include "tests/simulation/stored_journal.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {

class JobWatch {
 public:
  // Which events a purge is about, as whoever orders it means it.
  using Meant = std::function<bool(const SentEvent& event)>;

  // All outlive it.
  JobWatch(Environment& environment, World& world, const RetentionWatch& retention)
      : environment_(&environment), world_(&world), retention_(&retention) {}

  // --- what operators do ---
  void asks_to_purge(const retry::EventFilter& filter, Meant meant);
  void asks_to_cancel(retry::JobNumber number) { cancel_asked_.insert(number); }
  // The node has answered: from now on no crash takes this job, or its end, back.
  void answered(const retry::JobRecord& job);

  // --- what the node does ---
  // A job runs that has not been looked at: look before it goes on.
  [[nodiscard]] bool is_new(const journal::Readable& store) const;
  // This is stored now, and the retention watch has seen it.
  void look(const StoredJournal& journal);
  // All that is stored now is durable: of what is erased in it, nothing more is sent.
  void synced(const journal::Readable& store);
  void crashed();

 private:
  struct Job {
    bool answered = false;
    std::optional<retry::JobRecord> ended;  // answered as such
    // To be changed, each from what it is now: its generation and when it was last changed.
    std::map<journal::DeliveryRef, std::pair<std::uint32_t, core::Time>> deliveries;
    std::set<core::EventId> events;  // to be erased
  };

  void adopt(const retry::JobRecord& job, const StoredJournal& journal);
  void owe_deliveries(Job& known, const retry::JobRecord& job, const StoredJournal& journal);
  void owe_events(Job& known, const retry::JobRecord& job, const StoredJournal& journal);
  void check(const retry::JobRecord& job, const StoredJournal& journal);
  void check_done(const Job& known, const retry::JobRecord& job, const StoredJournal& journal);
  void check_asked(const StoredJournal& journal);
  void cover(const Job& known, retry::JobKind kind);
  void violate(const retry::JobRecord& job, std::string_view what);
  // As it was sent.
  [[nodiscard]] const SentEvent& sent(const core::EventId& id) const;

  Environment* environment_;
  World* world_;
  const RetentionWatch* retention_;
  std::vector<std::pair<retry::EventFilter, Meant>> purges_;
  std::set<retry::JobNumber> cancel_asked_;
  std::map<retry::JobNumber, Job> jobs_;
  std::set<core::EventId> to_erase_;  // by a job, and not seen to be erased
};

}  // namespace spillway::simulation
