#include "retry/lane_attempts.hpp"

#include <utility>

namespace spillway::retry {
namespace {

VisitOutcome as_outcome(delivery::VisitEnd end) {
  VisitOutcome outcome;
  if (!end.settlement) {
    outcome.wait = end.wait;
    return outcome;
  }
  outcome.attempted = end.settlement->attempt.number > 0;
  outcome.state = end.settlement->state;
  outcome.reason = end.settlement->reason;
  outcome.due = end.settlement->due;
  outcome.attempt = std::move(end.settlement->attempt);
  return outcome;
}

}  // namespace

void LaneAttempts::configure(const std::vector<delivery::LaneSetup>& lanes) {
  std::map<std::string, journal::DestinationNumber, std::less<>> numbers;
  for (const delivery::LaneSetup& lane : lanes) {
    numbers[lane.destination->options.name] = lane.destination->number;
  }
  worker_.post([this, numbers = std::move(numbers)]() mutable { numbers_ = std::move(numbers); });
}

void LaneAttempts::attempt(const SpoolRecord& record, Callback callback) {
  delivery::Visit visit;
  if (const auto known = numbers_.find(record.destination); known != numbers_.end()) {
    visit.destination = known->second;
  }
  if (visit.destination == journal::kNoDestination) {
    worker_.post([answer = std::move(callback)]() mutable {
      VisitOutcome outcome;
      outcome.wait = kUnknownPause;
      answer(std::move(outcome));
    });
    return;
  }
  visit.event = record.event;
  visit.generation = record.generation;
  visit.attempts = record.attempts;
  visit.opened = record.opened;
  visit.paused = record.paused;
  dispatcher_.visit(std::move(visit), worker_,
                    [answer = std::move(callback)](delivery::VisitEnd end) mutable {
                      answer(as_outcome(std::move(end)));
                    });
}

}  // namespace spillway::retry
