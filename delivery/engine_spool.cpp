// The engine's part in the spool: hands over what waits long (spool.hpp), and attempts what others
// handed over (visit.hpp), which waits here for a slot of its lane.
#include "delivery/engine.hpp"
#include "delivery/judgement.hpp"
#include "delivery/schedule.hpp"

#include <algorithm>
#include <utility>

namespace spillway::delivery {

namespace {

// For one destination; more are turned away.
constexpr std::size_t kVisitsWaitingMax = 256;

// What the breaker knows a delivery by: the same each time it comes, and no sequence of a journal.
journal::Sequence number_of(const Visit& visit) {
  journal::Sequence number = 0;
  for (std::size_t i = 8; i < visit.event->id.bytes.size(); ++i) {
    number = number << 8 | visit.event->id.bytes[i];
  }
  return number | journal::Sequence{1} << 62;
}

// While the destination is down: a tenth of the time that it has been, so that what waits elsewhere
// is back within a tenth of the outage after its end.
core::Duration outage_wait(const Pace& pace, core::Time now) {
  const core::Duration age = now - pace.failing_since();
  return std::clamp<core::Duration>(age / 10, kVisitPauseMin, kVisitPauseMax);
}

journal::OpenDelivery as_delivery(const Visit& visit, journal::Sequence number) {
  journal::OpenDelivery delivery;
  delivery.ref = {number, visit.destination};
  delivery.record.generation = visit.generation;
  delivery.record.attempts = visit.attempts;
  delivery.record.opened = visit.opened;
  return delivery;
}

}  // namespace

std::optional<HandedDelivery> Engine::to_hand_over(Flight& flight,
                                                   const journal::Settlement& settlement,
                                                   core::Duration paused) {
  const core::EventPtr& event = flight.waiting.event;
  if (parts_.spool == nullptr || settlement.state != core::DeliveryState::pending || stopping_ ||
      settlement.due - parts_.clock.now() <= kStaysLocal ||
      flight.waiting.delivery.record.order != core::Order::none ||
      !parts_.spool->takes(event->body.size())) {
    return std::nullopt;
  }
  return HandedDelivery{flight.waiting.delivery, flight.destination, event,
                        std::move(flight.waiting.bytes), paused};
}

void Engine::hand_over(Member& member, HandedDelivery handed,
                       const journal::Settlement& settlement) {
  const journal::Sequence sequence = settlement.ref.sequence;
  const core::Time due = settlement.due;
  handed.delivery.record.attempts = settlement.attempts;
  handed.delivery.record.due = due;
  // Its lane holds it until the journal says whose it is, so that nobody attempts it meanwhile.
  parts_.spool->hand_over(std::move(handed), [this, &member, sequence, due](bool moved) {
    close_one();
    release(member, sequence, moved ? std::nullopt : std::optional(due));
  });
}

void Engine::visit(Visit visit, VisitCallback callback) {
  Member* const member = find(visit.destination);
  const core::Time now = parts_.clock.now();
  Visiting visiting{std::move(visit), std::move(callback), now};
  if (member == nullptr || member->retired || stopping_) {
    turn_away(std::move(visiting), {{}, kVisitPauseMin});
    return;
  }
  if (member->record.paused()) {
    turn_away(std::move(visiting), {{}, 2 * kVisitPauseMin});
    return;
  }
  if (auto over = time_is_over(*member, visiting.visit)) {
    turn_away(std::move(visiting), {std::move(over)});
    return;
  }
  if (member->visits.size() >= kVisitsWaitingMax) {
    turn_away(std::move(visiting), {{}, kVisitPauseMin});
    return;
  }
  member->visits.push_back(std::move(visiting));
  pump(*member);
}

// Asked before it waits for a slot, which while its destination is down it may never get.
std::optional<journal::Settlement> Engine::time_is_over(Member& member, const Visit& visit) {
  const bool down = member.lane.pace().state() != Breaker::State::closed;
  auto end =
      end_without_attempt(member.destination->options, as_delivery(visit, 0),
                          {visit.attempts, visit.opened, visit.paused, parts_.clock.now()}, down);
  if (end && end->state == core::DeliveryState::dead) {
    member.probe.died(end->reason);
  }
  return end;
}

void Engine::turn_away(Visiting visiting, VisitEnd end) {
  parts_.executor.post([callback = std::move(visiting.callback), end = std::move(end)]() mutable {
    callback(std::move(end));
  });
}

void Engine::start_visits(Member& member) {
  const core::Time now = parts_.clock.now();
  while (!member.visits.empty()) {
    const journal::Sequence number = number_of(member.visits.front().visit);
    if (!member.lane.take_visit(now, number)) {
      break;
    }
    Visiting visiting = std::move(member.visits.front());
    member.visits.pop_front();
    start_visit(member, std::move(visiting), number);
  }
  const bool down = member.lane.pace().state() != Breaker::State::closed;
  const bool goes_on = !member.retired && !stopping_ && !member.record.paused() && !down;
  while (!member.visits.empty() &&
         (!goes_on || now - member.visits.front().came >= kVisitPauseMin)) {
    VisitEnd end{{}, kVisitPauseMin};
    if (down) {
      end.wait = outage_wait(member.lane.pace(), now);
    }
    turn_away(std::move(member.visits.front()), std::move(end));
    member.visits.pop_front();
  }
}

void Engine::start_visit(Member& member, Visiting visiting, journal::Sequence number) {
  ++open_;
  const core::Time now = parts_.clock.now();
  const Visit& visit = visiting.visit;
  if (auto end = time_is_over(member, visit)) {
    (void)member.lane.visited(number, {Health::Sign::over}, now, now);
    close_one();
    turn_away(std::move(visiting), {std::move(end)});
    return;
  }
  member.probe.attempt_started();
  SendRequest request{member.destination, visit.event, visit.generation, visit.attempts + 1};
  parts_.sender.send(
      std::move(request), [this, &member, destination = member.destination, started = now, number,
                           sending = std::move(visiting)](SendResult result) mutable {
        visited(member, destination, std::move(sending), number, started, std::move(result));
      });
}

void Engine::visited(Member& member, const DestinationPtr& destination, Visiting visiting,
                     journal::Sequence number, core::Time started, SendResult result) {
  const core::Time now = parts_.clock.now();
  if (result.failure && result.failure->ours) {
    member.probe.attempt_put_off();
    (void)member.lane.visited(number, {}, started, now);
    visiting.callback({{}, kVisitPauseMin});
  } else {
    const Visit& visit = visiting.visit;
    Judgement judgement = judge(destination->options, as_delivery(visit, number), std::move(result),
                                {started, now, visit.paused, parts_.random.next()});
    attempt_ended(member, *destination, visit.event->id, visit.opened, judgement);
    log_change(member, member.lane.visited(number, judgement.health, started, now), now);
    if (judgement.settlement.state == core::DeliveryState::dead) {
      member.probe.died(judgement.settlement.reason);
    }
    if (judgement.pause_destination) {
      pause_gone(member);
    }
    visiting.callback({std::move(judgement.settlement)});
  }
  close_one();
  pump(member);
  retire_if_idle(member);
}

}  // namespace spillway::delivery
