#include "tests/simulation/forwarder.hpp"

#include <limits>
#include <memory>
#include <utility>

#include "journal/settle.hpp"

namespace spillway::simulation {
namespace {

constexpr core::Duration kEver = std::chrono::days(36'500);

}  // namespace

void Forwarder::recover(const std::vector<journal::DestinationRecord>& destinations) {
  for (const journal::DestinationRecord& destination : destinations) {
    if (destination.paused()) {
      paused_.insert(destination.number);
    }
    const auto waiting =
        reader_.due(destination.number, core::Time{}, clock_->now() + kEver,
                    std::numeric_limits<std::size_t>::max(), [](auto) { return false; });
    if (!waiting) {
      world_->violate("the due index cannot be read: " + waiting.error().message);
      return;
    }
    for (const journal::DueDelivery& due : waiting->deliveries) {
      schedule({due.ref, due.record.generation, due.record.attempts}, due.record.due);
    }
  }
}

void Forwarder::opened(const journal::OpenDelivery& delivery) {
  schedule({delivery.ref, delivery.record.generation, 0}, delivery.record.due);
}

void Forwarder::set_paused(journal::DestinationNumber destination, bool paused) {
  if (paused) {
    paused_.insert(destination);
    return;
  }
  paused_.erase(destination);
  for (const Job& job : std::exchange(held_[destination], {})) {
    schedule(job, clock_->now());
  }
}

void Forwarder::schedule(Job job, core::Time due) {
  executor_->run_at(due, [this, job] { attempt(job); });
}

void Forwarder::attempt(Job job) {
  if (paused_.contains(job.ref.destination)) {
    held_[job.ref.destination].push_back(job);
    return;
  }
  const auto record = reader_.delivery(job.ref);
  const auto body = reader_.body(job.ref.sequence);
  if (!record || !*record || !body || !*body) {
    world_->violate("an open delivery has no record or no body");
    return;
  }
  if ((*record)->generation != job.generation || (*record)->state != core::DeliveryState::pending) {
    return;
  }
  world_->arrived(job.ref, job.generation, **body);
  environment_->note("attempt", job.ref.sequence, **body);
  const core::Time started = clock_->now();
  executor_->run_at(started + environment_->delay_up_to(std::chrono::seconds(1)),
                    [this, job, started] { finish(job, started); });
}

void Forwarder::finish(Job job, core::Time started) {
  ++job.attempts;
  journal::Settlement settlement;
  settlement.ref = job.ref;
  settlement.generation = job.generation;
  settlement.attempts = job.attempts;
  settlement.state = core::DeliveryState::delivered;
  core::Attempt& attempt = settlement.attempt;
  attempt.number = job.attempts;
  attempt.generation = job.generation;
  attempt.started = started;
  attempt.took = clock_->now() - started;
  attempt.outcome = core::Outcome::delivered;
  attempt.status = 200;
  if (environment_->strikes(environment_->faults.failed_attempt)) {
    attempt.outcome = core::Outcome::deferred;
    attempt.status = 503;
    settlement.state = core::DeliveryState::pending;
    settlement.due =
        clock_->now() + std::chrono::seconds(1) + environment_->delay_up_to(std::chrono::hours(1));
  } else if (environment_->strikes(environment_->faults.rejected_attempt)) {
    attempt.outcome = core::Outcome::rejected;
    attempt.status = 404;
    settlement.state = core::DeliveryState::dead;
    settlement.reason = core::Reason::rejected;
  }
  const Fate fate{job.generation, job.attempts, settlement.state};
  const core::Time due = settlement.due;
  queue_->submit(std::make_unique<journal::Settle>(
      *executor_, std::move(settlement), [this, job, fate, due](core::Result<bool> applied) {
        if (!applied) {
          world_->violate("a settlement failed: " + applied.error().message);
        } else if (*applied) {
          environment_->note("settled", job.ref.sequence, to_string(fate.state));
          world_->settled(job.ref, fate);
          if (fate.state == core::DeliveryState::pending) {
            schedule(job, due);
          }
        }
      }));
}

}  // namespace spillway::simulation
