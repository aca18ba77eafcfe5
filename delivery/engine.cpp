#include "delivery/engine.hpp"

#include "core/check.hpp"
#include "core/log.hpp"
#include "core/planted_bug.hpp"
#include "delivery/judgement.hpp"
#include "delivery/schedule.hpp"
#include "journal/operate.hpp"

#include <algorithm>
#include <memory>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace spillway::delivery {

using core::DeliveryState;
using core::LogLevel;
using core::Outcome;

namespace {

constexpr std::string_view kGoneReason = "answered 410 Gone";

double seconds(core::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

void log_attempt(const DestinationOptions& options, const core::EventId& event,
                 const core::Attempt& attempt) {
  if (!core::log_enabled(LogLevel::debug)) {
    return;
  }
  core::log(LogLevel::debug, "attempt.finished",
            {{"event_id", event.to_string()},
             {"destination", options.name},
             {"attempt", attempt.number},
             {"outcome", to_string(attempt.outcome)},
             {"status", attempt.status},
             {"error", attempt.error},
             {"seconds", seconds(attempt.took)}});
}

void log_put_off(const DestinationOptions& options, const core::EventId& event,
                 std::string_view why) {
  if (!core::log_enabled(LogLevel::debug)) {
    return;
  }
  core::log(LogLevel::debug, "attempt.put_off",
            {{"event_id", event.to_string()}, {"destination", options.name}, {"error", why}});
}

void log_dead(const DestinationOptions& options, const core::EventId& event,
              const journal::Settlement& settlement, const journal::Settled& settled) {
  core::log(LogLevel::warn, "delivery.dead",
            {{"event_id", event.to_string()},
             {"destination", options.name},
             {"reason", to_string(settlement.reason)},
             {"newest_version", settled.newest_died},
             {"attempts", settlement.attempts},
             {"status", settlement.attempt.status},
             {"error", settlement.attempt.error}});
}

}  // namespace

Engine::Member::Member(const LaneSetup& setup, const EngineParts& parts)
    : destination(setup.destination),
      record(setup.record),
      lane(setup.destination->number, setup.destination->options, parts.bodies),
      probe(parts.probe, setup.destination->options.name) {}

bool Engine::Told::change(journal::DestinationRecord& record) const {
  if (record.paused() == (what == What::paused)) {
    return false;
  }
  if (what == What::paused) {
    record.paused_since = at;
  } else {
    record.paused_total = record.paused_until(at);
    record.paused_since = {};
  }
  return true;
}

Engine::Member* Engine::find(journal::DestinationNumber number) {
  const auto member = members_.find(number);
  return member == members_.end() ? nullptr : &member->second;
}

void Engine::apply(const std::vector<LaneSetup>& setups) {
  std::unordered_set<journal::DestinationNumber> configured;
  for (const LaneSetup& setup : setups) {
    const journal::DestinationNumber number = setup.destination->number;
    configured.insert(number);
    const auto [place, is_new] = members_.try_emplace(number, setup, parts_);
    Member& member = place->second;
    if (const auto told = told_.find(number); is_new && told != told_.end()) {
      told->second.change(member.record);
    }
    member.destination = setup.destination;
    member.lane.configure(setup.destination->options);
    member.probe.set_objective(setup.destination->options.lag);
    member.retired = false;
    halt_or_proceed(member);
  }
  for (auto& [number, member] : members_) {
    if (!configured.contains(number)) {
      member.retired = true;
      halt_or_proceed(member);
    }
  }
  std::erase_if(members_,
                [](const auto& entry) { return entry.second.retired && entry.second.lane.idle(); });
}

void Engine::offer(Opened opened) {
  if (Member* const member = find(opened.delivery.ref.destination)) {
    member->lane.offer(std::move(opened.delivery), std::move(opened.event), parts_.clock.now());
    pump(*member);
  }
}

void Engine::pause(journal::DestinationNumber number) {
  tell(number, {Told::What::paused, parts_.clock.now()});
}

void Engine::resume(journal::DestinationNumber number) {
  tell(number, {Told::What::resumed, parts_.clock.now()});
}

void Engine::tell(journal::DestinationNumber number, const Told& told) {
  told_.insert_or_assign(number, told);
  if (Member* const member = find(number); member && told.change(member->record)) {
    halt_or_proceed(*member);
  }
}

void Engine::stop(core::Time deadline, core::Task done) {
  CHECK(!stopping_);
  stopping_ = true;
  stopped_ = std::move(done);
  for (auto& [number, member] : members_) {
    halt_or_proceed(member);
  }
  if (open_ == 0) {
    report_stopped();
    return;
  }
  stop_timer_ = parts_.executor.run_at(deadline, [this] {
    parts_.sender.cancel_all();
    stop_timer_ = parts_.executor.run_at(parts_.clock.now() + kSettleGrace, [this] {
      stop_timer_ = 0;
      report_stopped();
    });
  });
}

void Engine::report_stopped() {
  parts_.executor.cancel(std::exchange(stop_timer_, 0));
  if (stopped_) {
    parts_.executor.post(std::exchange(stopped_, nullptr));
  }
}

void Engine::retire_if_idle(Member& member) {
  if (member.retired && member.lane.idle()) {
    const journal::DestinationNumber number = member.destination->number;
    members_.erase(number);
  }
}

void Engine::close_one() {
  --open_;
  if (stopping_ && open_ == 0) {
    report_stopped();
  }
}

void Engine::halt_or_proceed(Member& member) {
  if (stopping_ || member.retired || member.record.paused()) {
    member.lane.halt();
  } else {
    member.lane.proceed();
  }
  pump(member);
}

void Engine::pump(Member& member) {
  start_visits(member);
  member.lane.set_fenced(is_fenced());
  while (auto waiting = member.lane.next(parts_.clock.now())) {
    start(member, *std::move(waiting));
  }
  if (auto request = member.lane.refill(parts_.clock.now())) {
    parts_.backlog.fetch(*std::move(request), [this, &member](core::Result<Fetched> result) {
      fetched(member, std::move(result));
    });
  }
  const core::Time now = parts_.clock.now();
  if (const auto took = member.lane.converged(now)) {
    member.probe.converged(*took);
    core::log(LogLevel::info, "destination.converged",
              {{"destination", member.destination->options.name}, {"seconds", seconds(*took)}});
  }
  log_dead_summary(member, now);
  member.probe.pace_is(member.lane.pace());
  arm(member);
}

void Engine::arm(Member& member) {
  const core::Time never = core::Time::max();
  const core::Time visit = member.visits.empty()
                               ? never
                               : std::min(member.lane.visit_again().value_or(never),
                                          member.visits.front().came + kVisitPauseMin);
  const core::Time wake = std::min({member.lane.wake(parts_.clock.now()).value_or(never),
                                    member.dead_log.summary_due().value_or(never), visit});
  // One that is not configured any more may go as soon as nothing of it is under way.
  if (stopping_ || member.retired || wake == never) {
    disarm(member);
    return;
  }
  if (member.timer != 0 && member.timer_due <= wake) {
    return;
  }
  disarm(member);
  member.timer_due = wake;
  member.timer = parts_.executor.run_at(wake, [this, &member] {
    member.timer = 0;
    pump(member);
  });
}

void Engine::disarm(Member& member) {
  if (member.timer != 0) {
    parts_.executor.cancel(std::exchange(member.timer, 0));
  }
}

void Engine::fetched(Member& member, core::Result<Fetched> result) {
  const core::Time now = parts_.clock.now();
  if (result) {
    member.lane.refilled(*std::move(result), now);
  } else {
    member.probe.refill_failed();
    core::log(
        LogLevel::error, "delivery.refill_failed",
        {{"destination", member.destination->options.name}, {"error", result.error().message}});
    member.lane.refill_failed(now);
  }
  pump(member);
  retire_if_idle(member);
}

void Engine::start(Member& member, Waiting waiting) {
  ++open_;
  const core::Time now = parts_.clock.now();
  const bool down = member.lane.pace().state() != Breaker::State::closed;
  const Progress progress = progress_of(waiting.delivery.record, member.record, now);
  if (auto end =
          end_without_attempt(member.destination->options, waiting.delivery, progress, down)) {
    (void)member.lane.attempted(waiting.delivery.ref.sequence, {Health::Sign::over}, now, now);
    member.park_clock.forget(waiting.delivery.ref.sequence);
    const core::EventId event = waiting.event ? waiting.event->id : core::EventId{};
    settle({&member, event, waiting.delivery.record.due, *std::move(end)});
    return;
  }
  member.probe.attempt_started();
  Flight flight{&member, member.destination, std::move(waiting), now, turn()};
  if (flight.waiting.event) {
    begin(std::move(flight));
  } else {
    read_event(std::move(flight));
  }
}

void Engine::read_event(Flight flight) {
  const journal::Sequence sequence = flight.waiting.delivery.ref.sequence;
  parts_.backlog.read(
      sequence, [this, reading = std::move(flight)](core::Result<core::EventPtr> event) mutable {
        event_read(std::move(reading), std::move(event));
      });
}

void Engine::event_read(Flight flight, core::Result<core::EventPtr> event) {
  if (event && *event != nullptr && !stopping_) {
    flight.waiting.event = *std::move(event);
    begin(std::move(flight));
    return;
  }
  if (!stopping_) {
    core::log(LogLevel::error, "delivery.unreadable",
              {{"destination", flight.destination->options.name},
               {"sequence", flight.waiting.delivery.ref.sequence},
               {"error", event ? std::string_view("the event is not in the journal")
                               : std::string_view(event.error().message)}});
  }
  put_back(std::move(flight), kUnreadablePause);
}

void Engine::put_back(Flight flight, core::Duration pause) {
  Member& member = *flight.member;
  const journal::Sequence sequence = flight.waiting.delivery.ref.sequence;
  const core::Time due = flight.waiting.delivery.record.due;
  flight.waiting.bytes = {};
  member.probe.attempt_dropped();
  const core::Time now = parts_.clock.now();
  (void)member.lane.attempted(sequence, {}, now, now);
  close_one();
  if (stopping_) {
    return;
  }
  parts_.executor.run_at(now + pause,
                         [this, &member, sequence, due] { release(member, sequence, due); });
  pump(member);
}

// Only before the first attempt: what has been tried once was claimed before, and a replay is
// somebody's wish.
void Engine::begin(Flight flight) {
  const journal::DeliveryRecord& record = flight.waiting.delivery.record;
  const core::EventPtr& event = flight.waiting.event;
  const bool first = record.generation == 1 && record.attempts == 0;
  if (parts_.claims == nullptr || !first || !event->claim) {
    flight.started = parts_.clock.now();
    send(std::move(flight));
    return;
  }
  parts_.claims->claim(*event, [this, claiming = std::move(flight)](Claim claim) mutable {
    claimed(std::move(claiming), claim);
  });
}

void Engine::claimed(Flight flight, Claim claim) {
  Member& member = *flight.member;
  const core::Time now = parts_.clock.now();
  if (claim != Claim::lost) {
    if (stopping_) {
      put_back(std::move(flight), {});
      return;
    }
    flight.started = now;
    send(std::move(flight));
    return;
  }
  const journal::OpenDelivery& delivery = flight.waiting.delivery;
  journal::Settlement settlement;
  settlement.ref = delivery.ref;
  settlement.generation = delivery.record.generation;
  settlement.state = DeliveryState::superseded;
  settlement.reason = core::Reason::duplicate_elsewhere;
  member.probe.attempt_dropped();
  member.probe.duplicate_elsewhere();
  flight.waiting.bytes = {};
  (void)member.lane.attempted(delivery.ref.sequence, {Health::Sign::over}, now, now);
  member.park_clock.forget(delivery.ref.sequence);
  settle({&member, flight.waiting.event->id, delivery.record.due, std::move(settlement)});
  pump(member);
}

void Engine::send(Flight flight) {
  const journal::OpenDelivery& delivery = flight.waiting.delivery;
  if (is_fenced(flight)) {
    put_back(std::move(flight), kFencedPause);
    return;
  }
  SendRequest request{flight.destination, flight.waiting.event, delivery.record.generation,
                      delivery.record.attempts + 1};
  if (delivery.record.order != core::Order::none) {
    request.sequence = delivery.ref.sequence;
    request.out_of_order = delivery.record.out_of_order;
  }
  if constexpr (core::kPlantedBug == core::PlantedBug::outcome_before_attempt) {
    SendResult hoped_for;
    hoped_for.status = 200;
    parts_.commands.submit(std::make_unique<journal::Settle>(
        parts_.executor,
        judge(flight.destination->options, delivery, hoped_for, {flight.started, flight.started})
            .settlement,
        [](const core::Result<journal::Settled>&) {}));
  }
  parts_.sender.send(std::move(request),
                     [this, sending = std::move(flight)](SendResult result) mutable {
                       sent(std::move(sending), std::move(result));
                     });
}

void Engine::sent(Flight flight, SendResult result) {
  Member& member = *flight.member;
  if (result.failure && result.failure->ours) {
    member.probe.attempt_put_off();
    log_put_off(flight.destination->options, flight.waiting.event->id, result.failure->message);
    put_back(std::move(flight), kNoRoomPause);
    return;
  }
  const DestinationOptions& options = flight.destination->options;
  const journal::OpenDelivery& delivery = flight.waiting.delivery;
  const core::EventId event = flight.waiting.event->id;
  const core::Time now = parts_.clock.now();
  const core::Duration paused = progress_of(delivery.record, member.record, now).paused;
  Judgement judgement = judge(options, delivery, std::move(result),
                              {flight.started, now, paused, parts_.random.next()});
  attempt_ended(member, *flight.destination, event, delivery.record.opened, judgement);
  auto handed = to_hand_over(flight, judgement.settlement, paused);
  flight.waiting.bytes = {};
  const Pace::Change change =
      member.lane.attempted(delivery.ref.sequence, judgement.health, flight.started, now);
  log_change(member, change, now);
  judge_park(member, delivery, judgement.settlement);
  if (judgement.settlement.attempt.outcome == Outcome::delivered) {
    member.park_clock.succeeded(now);
    park_overdue(member);
  }
  settle(
      {&member, event, delivery.record.due, std::move(judgement.settlement), 0, std::move(handed)});
  if (judgement.pause_destination) {
    pause_gone(member);
  }
  pump(member);
}

void Engine::attempt_ended(Member& member, const Destination& destination,
                           const core::EventId& event, core::Time opened,
                           const Judgement& judgement) {
  const core::Attempt& attempt = judgement.settlement.attempt;
  member.probe.attempt_ended(event, attempt);
  log_attempt(destination.options, event, attempt);
  if (attempt.outcome == Outcome::delivered) {
    member.probe.delivered(parts_.clock.now() - opened, destination.options.lag);
  }
  if (judgement.may_repeat) {
    member.probe.may_repeat(RepeatCause::unknown_outcome);
  }
}

void Engine::judge_park(Member& member, const journal::OpenDelivery& delivery,
                        journal::Settlement& settlement) {
  if (delivery.record.order != core::Order::per_key || delivery.record.parked) {
    return;
  }
  if (settlement.state != DeliveryState::pending) {
    member.park_clock.forget(delivery.ref.sequence);
    return;
  }
  settlement.park =
      member.park_clock.is_over(delivery.ref.sequence, member.destination->options.ordering.park);
  if (settlement.park) {
    member.park_clock.forget(delivery.ref.sequence);
  } else {
    member.park_clock.holds_back(settlement);
  }
}

void Engine::park_overdue(Member& member) {
  const auto busy = [&member](journal::Sequence sequence) { return member.lane.holds(sequence); };
  for (journal::Settlement& settlement :
       member.park_clock.take_over(member.destination->options.ordering.park, busy)) {
    ++open_;
    const journal::DeliveryRef ref = settlement.ref;
    const core::Time due = settlement.due;
    auto written = [this, ref, due](core::Result<journal::Settled> outcome) {
      // Could it not be written, the next failure of that delivery parks it.
      Member* const there = find(ref.destination);
      if (outcome && there != nullptr) {
        if (outcome->applied) {
          there->lane.parked(ref.sequence, due);
        }
        unblocked(*there, outcome->unblocked);
        pump(*there);
      }
      close_one();
    };
    parts_.commands.submit(std::make_unique<journal::Settle>(parts_.executor, std::move(settlement),
                                                             std::move(written)));
  }
}

void Engine::unblocked(Member& member, const std::vector<journal::OpenDelivery>& deliveries) {
  for (const journal::OpenDelivery& delivery : deliveries) {
    member.lane.unblocked(delivery.record.due);
  }
}

void Engine::log_change(Member& member, Pace::Change change, core::Time now) {
  const std::string& name = member.destination->options.name;
  if (change == Pace::Change::opened) {
    member.park_clock.outage();
    core::log(LogLevel::warn, "destination.down", {{"destination", name}});
  } else if (change == Pace::Change::recovered) {
    const core::Time since = member.lane.pace().failing_since();
    if (since != core::Time{}) {  // else it was only unknown so far
      core::log(LogLevel::info, "destination.up",
                {{"destination", name}, {"failing_seconds", seconds(now - since)}});
    }
  }
}

void Engine::log_dead_summary(Member& member, core::Time now) {
  const auto due = member.dead_log.summary_due();
  if (!due || *due > now) {
    return;
  }
  if (const auto summary = member.dead_log.summarize(now)) {
    core::log(LogLevel::warn, "delivery.dead_more",
              {{"destination", member.destination->options.name},
               {"deliveries", summary->deliveries},
               {"seconds", seconds(summary->lasting)}});
  }
}

void Engine::pause_gone(Member& member) {
  if (member.record.paused()) {
    return;
  }
  const journal::DestinationNumber number = member.destination->number;
  pause(number);
  auto answered = [this, number, destination = member.destination](core::Result<bool> changed) {
    if (!changed) {
      core::log(LogLevel::error, "destination.pause_failed",
                {{"destination", destination->options.name}, {"error", changed.error().message}});
      resume(number);
      return;
    }
    // A resume that was committed before has arrived before: pause again.
    pause(number);
    core::log(LogLevel::warn, "destination.paused",
              {{"destination", destination->options.name}, {"reason", kGoneReason}});
  };
  parts_.commands.submit(std::make_unique<journal::SetPaused>(
      parts_.executor, number, std::string(kGoneReason), std::move(answered)));
}

void Engine::settle(Record record) {
  journal::Settlement settlement = record.settlement;
  parts_.commands.submit(std::make_unique<journal::Settle>(
      parts_.executor, std::move(settlement),
      [this, writing = std::move(record)](core::Result<journal::Settled> outcome) mutable {
        settled(std::move(writing), std::move(outcome));
      }));
}

void Engine::settled(Record record, core::Result<journal::Settled> outcome) {
  Member& member = *record.member;
  const journal::Settlement& settlement = record.settlement;
  const journal::Sequence sequence = settlement.ref.sequence;
  const core::Time now = parts_.clock.now();
  if (!outcome) {
    member.probe.settle_failed();
    if (++record.tries < kSettleTriesMax) {
      parts_.executor.run_at(now + kSecondTry, [this, again = std::move(record)]() mutable {
        settle(std::move(again));
      });
      return;
    }
    core::log(LogLevel::error, "delivery.unrecorded",
              {{"event_id", record.event.to_string()},
               {"destination", member.destination->options.name},
               {"error", outcome.error().message}});
    const Outcome came_of_it = settlement.attempt.outcome;
    if (came_of_it == Outcome::delivered || came_of_it == Outcome::unknown) {
      member.probe.may_repeat(RepeatCause::unrecorded);
    }
    close_one();
    release(member, sequence, record.due);
    return;
  }
  std::optional<core::Time> due;
  if (!outcome->applied) {
    member.probe.settle_was_stale();
  } else if (settlement.state == DeliveryState::pending) {
    due = settlement.due;
  } else if (settlement.state == DeliveryState::dead) {
    member.probe.died(settlement.reason);
    if (outcome->newest_died) {
      member.probe.newest_died();
    }
    if (member.dead_log.died(now)) {
      log_dead(member.destination->options, record.event, settlement, *outcome);
    }
  }
  unblocked(member, outcome->unblocked);
  if (due && record.to_hand_over && !stopping_) {
    hand_over(member, *std::move(record.to_hand_over), settlement);
    return;
  }
  close_one();
  release(member, sequence, due);
}

void Engine::release(Member& member, journal::Sequence sequence, std::optional<core::Time> due) {
  member.lane.settled(sequence, due);
  pump(member);
  retire_if_idle(member);
}

}  // namespace spillway::delivery
