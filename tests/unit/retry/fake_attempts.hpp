// Attempts that end when and as a test says, and records for a worker to read. One thread.
#pragma once

#include "core/executor.hpp"
#include "retry/attempts.hpp"
#include "retry/spool_record.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spillway::retry::testing_support {

class FakeAttempts final : public Attempts {
 public:
  explicit FakeAttempts(core::Executor& executor) : executor_(&executor) {}

  struct UnderWay {
    SpoolRecord record;
    Callback callback;
  };

  void attempt(const SpoolRecord& record, Callback callback) override {
    ++made;
    under_way.push_back({record, std::move(callback)});
  }

  // Ends the one that was asked for first.
  void end(VisitOutcome outcome) {
    auto first = std::move(under_way.front());
    under_way.erase(under_way.begin());
    executor_->post([callback = std::move(first.callback), outcome = std::move(outcome)]() mutable {
      callback(std::move(outcome));
    });
  }
  void end_all(const VisitOutcome& outcome) {
    while (!under_way.empty()) {
      end(outcome);
    }
  }

  std::vector<UnderWay> under_way;
  std::size_t made = 0;

 private:
  core::Executor* executor_;
};

inline VisitOutcome attempt_that(core::DeliveryState state, core::Outcome outcome) {
  VisitOutcome visit;
  visit.attempted = true;
  visit.state = state;
  visit.attempt.number = 1;
  visit.attempt.generation = 1;
  visit.attempt.outcome = outcome;
  visit.attempt.status = outcome == core::Outcome::delivered ? 200 : 503;
  return visit;
}
inline VisitOutcome delivered() {
  return attempt_that(core::DeliveryState::delivered, core::Outcome::delivered);
}
inline VisitOutcome dead() {
  VisitOutcome visit = attempt_that(core::DeliveryState::dead, core::Outcome::rejected);
  visit.reason = core::Reason::rejected;
  visit.attempt.status = 400;
  return visit;
}
inline VisitOutcome failed_until(core::Time due, core::Outcome how = core::Outcome::deferred) {
  VisitOutcome visit = attempt_that(core::DeliveryState::pending, how);
  visit.due = due;
  return visit;
}
inline VisitOutcome put_off(core::Duration wait) {
  VisitOutcome visit;
  visit.wait = wait;
  return visit;
}

// A delivery of the event of that number, due at once.
inline SpoolRecord record_of(std::uint16_t number, std::string destination = "acme",
                             std::string body = "{}") {
  core::Event event;
  event.id.bytes[6] = static_cast<std::uint8_t>(number >> 8);
  event.id.bytes[7] = static_cast<std::uint8_t>(number);
  event.id.bytes[15] = 5;  // the node's tag
  event.source = "shop";
  event.body = std::move(body);
  SpoolRecord record;
  record.event = std::make_shared<const core::Event>(std::move(event));
  record.destination = std::move(destination);
  record.attempts = 2;
  record.node = "owner";
  return record;
}

}  // namespace spillway::retry::testing_support
