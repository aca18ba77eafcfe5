#include "tests/simulation/job_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "journal/reader.hpp"

namespace spillway::simulation {
namespace {

using core::DeliveryState;
using core::Reason;
using journal::DeliveryRecord;
using journal::DeliveryRef;
using retry::JobKind;
using retry::JobRecord;
using retry::JobState;

bool fits(const retry::DeliveryFilter& filter, DeliveryRef ref, const DeliveryRecord& record,
          const journal::EventHead& head) {
  return record.state == filter.state &&
         (!filter.destination || ref.destination == *filter.destination) &&
         (!filter.source || head.source == *filter.source) &&
         (!filter.reason || record.reason == *filter.reason);
}

// The job ends before it, or is past it: in a life of the node that ended before its answer.
bool is_out_of_reach(const JobRecord& job, DeliveryRef ref) {
  const bool by_destination = job.order.kind != JobKind::purge;
  const retry::JobCursor place{by_destination ? ref.destination : 0, ref.sequence};
  return job.state != JobState::running || place < job.cursor || ref.sequence >= job.end;
}

// Every delivery that is left would be found by an ordering key; no other filter looks at them.
bool is_found(const retry::EventFilter& filter, journal::Sequence sequence,
              const StoredJournal& journal) {
  const auto* const by = std::get_if<retry::ByOrderingKey>(&filter.by);
  auto delivery = journal.deliveries.lower_bound({sequence, journal::kNoDestination});
  for (; delivery != journal.deliveries.end() && delivery->first.sequence == sequence; ++delivery) {
    if (by != nullptr && delivery->second.ordering_key != by->key) {
      return false;
    }
  }
  return true;
}

}  // namespace

void JobWatch::violate(const JobRecord& job, std::string_view what) {
  world_->violate(fmt::format("I2: job {} ({}) {}", job.number, to_string(job.order.kind), what));
}

const SentEvent& JobWatch::sent(const core::EventId& id) const {
  return world_->sent().find(retention_->events().at(id).body)->second;
}

void JobWatch::asks_to_purge(const retry::EventFilter& filter, Meant meant) {
  purges_.emplace_back(filter, std::move(meant));
}

void JobWatch::answered(const JobRecord& job) {
  Job& known = jobs_[job.number];
  known.answered = true;
  if (job.state != JobState::running) {
    known.ended = job;
  }
}

void JobWatch::crashed() {
  std::erase_if(jobs_, [](const auto& entry) { return !entry.second.answered; });
}

bool JobWatch::is_new(const journal::Readable& store) const {
  const auto stored = retry::read_jobs(store);
  return stored && std::ranges::any_of(*stored, [this](const JobRecord& job) {
           return !jobs_.contains(job.number);
         });
}

void JobWatch::look(const StoredJournal& journal) {
  for (const JobRecord& job : journal.jobs) {
    if (!jobs_.contains(job.number)) {
      adopt(job, journal);
    }
    check(job, journal);
  }
  for (const auto& [number, known] : jobs_) {
    const auto stored = std::ranges::find(journal.jobs, number, &JobRecord::number);
    if (known.answered && stored == journal.jobs.end()) {
      world_->violate(fmt::format("I1: job {} was answered and is not in the journal", number));
    }
  }
  check_asked(journal);
}

void JobWatch::synced(const journal::Readable& store) {
  const journal::Reader reader(store);
  std::erase_if(to_erase_, [&](const core::EventId& id) {
    const auto sequence = reader.sequence_of(id);
    if (!*sequence) {
      return true;  // retention was quicker
    }
    const auto deliveries = reader.deliveries(**sequence);
    const bool erased = std::ranges::all_of(*deliveries, [](const journal::DueDelivery& delivery) {
      return delivery.record.reason == Reason::erased;
    });
    if (erased) {
      world_->erased(id, environment_->scheduler.now());
    }
    return erased;
  });
}

void JobWatch::adopt(const JobRecord& job, const StoredJournal& journal) {
  Job& known = jobs_[job.number];
  if (job.order.kind == JobKind::purge) {
    owe_events(known, job, journal);
  } else {
    owe_deliveries(known, job, journal);
  }
}

void JobWatch::owe_deliveries(Job& known, const JobRecord& job, const StoredJournal& journal) {
  const auto& filter = std::get<retry::DeliveryFilter>(job.order.filter);
  for (const auto& [ref, record] : journal.deliveries) {
    const journal::EventHead& head = journal.events.at(ref.sequence);
    if (is_out_of_reach(job, ref) || record.updated > job.created ||
        !fits(filter, ref, record, head)) {
      continue;
    }
    known.deliveries.emplace(ref, std::pair(record.generation, record.updated));
    // What is dropped has ended; without a route, its place is taken by the delivery to one.
    if (job.order.kind == JobKind::drop || ref.destination == journal::kNoDestination) {
      world_->may_have_ended({head.id, ref.destination}, record.generation);
      world_->may_be_rerouted(head.id);
    }
  }
}

void JobWatch::owe_events(Job& known, const JobRecord& job, const StoredJournal& journal) {
  const auto& filter = std::get<retry::EventFilter>(job.order.filter);
  for (const auto& [asked, meant] : purges_) {
    if (asked != filter) {
      continue;
    }
    for (const auto& [sequence, head] : journal.events) {
      if (is_out_of_reach(job, {sequence, journal::kNoDestination}) || !meant(sent(head.id))) {
        continue;
      }
      if (is_found(filter, sequence, journal)) {
        known.events.insert(head.id);
        to_erase_.insert(head.id);
      }
      world_->may_have_ended({head.id, journal::kNoDestination});
      for (const auto& [name, number] : world_->names()) {
        world_->may_have_ended({head.id, number});
      }
    }
  }
}

void JobWatch::check(const JobRecord& job, const StoredJournal& journal) {
  const Job& known = jobs_.at(job.number);
  const retry::JobProgress& progress = job.progress;
  if (progress.matched != progress.done + progress.skipped ||
      progress.matched > progress.examined) {
    violate(job, "does not add up");
  }
  if (known.ended && *known.ended != job) {
    violate(job, "goes on after its end");
  }
  if (job.state == JobState::failed) {
    violate(job, "failed: " + job.failure);
  } else if (job.state == JobState::cancelled && !cancel_asked_.contains(job.number)) {
    violate(job, "is cancelled, and nobody asked for that");
  } else if (job.state == JobState::cancelled) {
    std::erase_if(to_erase_, [&known](const auto& id) { return known.events.contains(id); });
  } else if (job.state == JobState::done) {
    check_done(known, job, journal);
    cover(known, job.order.kind);
  }
}

void JobWatch::check_done(const Job& known, const JobRecord& job, const StoredJournal& journal) {
  for (const auto& [ref, before] : known.deliveries) {
    const auto delivery = journal.deliveries.find(ref);
    if (delivery != journal.deliveries.end() &&
        std::pair(delivery->second.generation, delivery->second.updated) == before &&
        delivery->second.state == std::get<retry::DeliveryFilter>(job.order.filter).state) {
      violate(job, fmt::format("is done and has left out delivery {}/{}", ref.sequence,
                               ref.destination));
    }
  }
  for (const core::EventId& id : known.events) {
    const auto sequence = journal.ids.find(id);
    if (sequence != journal.ids.end() && !journal.is_erased(sequence->second)) {
      violate(job, "is done and has left out event " + id.to_string());
    }
  }
}

void JobWatch::check_asked(const StoredJournal& journal) {
  for (const auto& [ref, record] : journal.deliveries) {
    if (record.state != DeliveryState::purged) {
      continue;
    }
    const core::EventId& id = journal.events.at(ref.sequence).id;
    const bool asked = record.reason == Reason::dropped
                           ? world_->may_be_forgotten({id, ref.destination})
                           : std::ranges::any_of(purges_, [&](const auto& purge) {
                               return purge.second(sent(id));
                             });
    if (!asked) {
      world_->violate(fmt::format("I3: delivery {}/{} is purged ({}), and nobody asked for that",
                                  ref.sequence, ref.destination, to_string(record.reason)));
    }
  }
}

void JobWatch::cover(const Job& known, JobKind kind) {
  if (known.deliveries.empty() && known.events.empty()) {
    return;
  }
  environment_->coverage.hit(kind == JobKind::replay ? Mark::job_replayed
                             : kind == JobKind::drop ? Mark::job_dropped
                                                     : Mark::job_erased);
}

}  // namespace spillway::simulation
