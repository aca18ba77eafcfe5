#include "delivery/lane.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spillway::delivery {
namespace {

using namespace std::chrono_literals;
using journal::Sequence;
using testing::ElementsAre;

const core::Time kNow = core::from_micros(1'790'000'000'000'000);

class LaneTest : public testing::Test {
 protected:
  static Waiting waiting(Sequence sequence, core::Time opened, core::Time due) {
    Waiting made;
    made.delivery.ref = {sequence, 1};
    made.delivery.record.opened = opened;
    made.delivery.record.due = due;
    return made;
  }
  static core::EventPtr event(std::size_t bytes = 1) {
    auto made = std::make_shared<core::Event>();
    made->body.assign(bytes, 'x');
    return made;
  }
  void offer(Sequence sequence, core::Time opened = kNow, std::uint32_t generation = 1) {
    journal::OpenDelivery delivery = waiting(sequence, opened, opened).delivery;
    delivery.record.generation = generation;
    lane.offer(std::move(delivery), event(), now);
  }
  std::vector<Sequence> take() {
    std::vector<Sequence> taken;
    while (const auto next = lane.next(now)) {
      taken.push_back(next->delivery.ref.sequence);
    }
    return taken;
  }
  void finish(Sequence sequence, std::optional<core::Time> due = {}) {
    (void)lane.attempted(sequence, well(), now, now);
    lane.settled(sequence, due);
  }
  // The destination is known to be well, and nothing waits.
  void prove() {
    start_empty();
    offer(900);
    EXPECT_THAT(take(), ElementsAre(900));
    finish(900);
  }
  // Four are in flight, whose bodies the test does not keep, and two wait.
  void fill() {
    for (Sequence sequence = 1; sequence <= 4; ++sequence) {
      offer(sequence);
    }
    EXPECT_EQ(take().size(), 4u);
    offer(5);
    offer(6);
  }
  // Answers the refill that starts the lane: nothing waits.
  void start_empty() {
    ASSERT_TRUE(lane.refill(now));
    lane.refilled({}, now);
  }

  static Health well() { return {Health::Sign::well, 1ms, {}}; }
  static DestinationOptions options(std::size_t max_in_flight) {
    DestinationOptions made;
    made.max_in_flight = max_in_flight;
    return made;
  }

  core::Time now = kNow;
  core::ByteBudget bodies{1000};
  Lane lane{1, options(4), bodies};
};

TEST_F(LaneTest, starts_with_a_refill_from_the_beginning) {
  const auto request = lane.refill(now);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->destination, 1u);
  EXPECT_EQ(request->from, core::Time{});
  EXPECT_EQ(request->until, now);
  EXPECT_FALSE(lane.refill(now));  // one at a time
}

TEST_F(LaneTest, an_empty_index_is_not_asked_again) {
  start_empty();
  EXPECT_FALSE(lane.refill(now + 24h));
  EXPECT_FALSE(lane.wake(now));
}

TEST_F(LaneTest, wakes_for_the_earliest_retry_and_reads_from_it) {
  start_empty();
  offer(1);
  offer(2);
  EXPECT_THAT(take(), ElementsAre(1, 2));
  finish(1, now + 5s);
  finish(2, now + 2s);
  EXPECT_EQ(lane.wake(now), now + 2s);
  EXPECT_FALSE(lane.refill(now + 1s));
  const auto request = lane.refill(now + 2s);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->from, now + 2s);
  Fetched fetched;
  fetched.waiting.push_back(waiting(2, now, now + 2s));
  fetched.next_due = now + 5s;
  lane.refilled(std::move(fetched), now + 2s);
  EXPECT_EQ(lane.wake(now), now + 5s);
}

TEST_F(LaneTest, what_is_told_during_a_refill_is_not_skipped_by_it) {
  prove();
  lane.unblocked(now);
  ASSERT_TRUE(lane.refill(now));
  offer(1);
  EXPECT_THAT(take(), ElementsAre(1));
  finish(1, now + 1s);
  Fetched fetched;
  fetched.next_due = now + 1h;
  lane.refilled(std::move(fetched), now);
  EXPECT_EQ(lane.wake(now), now + 1s);
}

TEST_F(LaneTest, a_refill_names_what_is_held_and_ignores_it_if_found_all_the_same) {
  offer(1);
  EXPECT_THAT(take(), ElementsAre(1));
  const auto request = lane.refill(now);
  ASSERT_TRUE(request);
  EXPECT_THAT(request->held, ElementsAre(1));
  offer(2);
  Fetched fetched;
  fetched.waiting.push_back(waiting(1, now, now));
  fetched.waiting.push_back(waiting(2, now, now));
  lane.refilled(std::move(fetched), now);
  EXPECT_THAT(take(), ElementsAre(2));
}

TEST_F(LaneTest, a_refill_cannot_bring_back_what_was_settled_while_it_was_reading) {
  ASSERT_TRUE(lane.refill(now));
  offer(1);
  EXPECT_THAT(take(), ElementsAre(1));
  finish(1);
  Fetched fetched;
  fetched.waiting.push_back(waiting(1, now, now));
  lane.refilled(std::move(fetched), now);
  EXPECT_THAT(take(), ElementsAre());
  EXPECT_TRUE(lane.idle());
}

TEST_F(LaneTest, an_offer_later_than_the_refill_that_found_it_is_ignored) {
  ASSERT_TRUE(lane.refill(now));
  Fetched fetched;
  fetched.waiting.push_back(waiting(1, now, now));
  lane.refilled(std::move(fetched), now);
  EXPECT_THAT(take(), ElementsAre(1));
  finish(1);
  offer(1);
  EXPECT_THAT(take(), ElementsAre());
  offer(1, now, 2);  // a replay is another matter
  EXPECT_THAT(take(), ElementsAre(1));
}

TEST_F(LaneTest, an_offer_too_old_to_be_trusted_is_looked_up) {
  start_empty();
  now += Lane::kOfferAgeMax;
  offer(1, kNow);
  EXPECT_THAT(take(), ElementsAre());
  EXPECT_EQ(lane.wake(now), kNow);
}

TEST_F(LaneTest, a_replay_that_overtakes_the_settlement_is_read_after_it) {
  start_empty();
  offer(1);
  EXPECT_THAT(take(), ElementsAre(1));
  (void)lane.attempted(1, well(), now, now);
  offer(1, now, 2);
  EXPECT_FALSE(lane.refill(now));
  lane.settled(1, std::nullopt);
  EXPECT_TRUE(lane.refill(now));
}

// Found by the simulation: it was sent as if it were still in order.
TEST_F(LaneTest, one_that_was_parked_while_it_waited_is_read_again) {
  const core::Time due = now - 1s;
  ASSERT_TRUE(lane.refill(now));
  lane.parked(1, due);  // the refill is about to find it as it was
  Fetched fetched;
  fetched.waiting.push_back(waiting(1, due, due));
  fetched.waiting.push_back(waiting(2, due, due));
  lane.refilled(std::move(fetched), now);
  lane.parked(2, due);
  EXPECT_TRUE(take().empty());
  const auto request = lane.refill(now);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->from, due);
}

TEST_F(LaneTest, one_that_has_ended_is_not_attempted_any_more) {
  const auto end = [this](Sequence sequence) {
    journal::OpenDelivery ended = waiting(sequence, now, now).delivery;
    ended.record.state = core::DeliveryState::superseded;
    lane.offer(std::move(ended), nullptr, now);
  };
  ASSERT_TRUE(lane.refill(now));
  offer(1);
  offer(2);
  end(1);
  end(3);  // the refill is about to find it
  Fetched fetched;
  fetched.waiting.push_back(waiting(3, now, now));
  fetched.waiting.push_back(waiting(4, now, now));
  fetched.waiting.push_back(waiting(5, now, now));
  lane.refilled(std::move(fetched), now);
  end(5);
  EXPECT_THAT(take(), testing::UnorderedElementsAre(2, 4));
  end(2);  // under way: its end is stale
  finish(2);
  finish(4);
  EXPECT_TRUE(lane.idle());
  EXPECT_EQ(bodies.used(), 0u);
}

TEST_F(LaneTest, leaves_to_the_index_what_does_not_fit) {
  start_empty();
  for (Sequence sequence = 1; sequence <= 20; ++sequence) {
    offer(sequence);
  }
  EXPECT_EQ(take().size(), 4u);
  EXPECT_EQ(lane.in_flight(), 4u);
  EXPECT_EQ(lane.wake(now), now);
}

TEST_F(LaneTest, a_share_of_the_slots_belongs_to_the_oldest_due) {
  prove();
  lane.unblocked(now - 1h);
  ASSERT_TRUE(lane.refill(now));
  Fetched fetched;
  fetched.waiting.push_back(waiting(11, now - 1h, now - 1min));
  fetched.waiting.push_back(waiting(10, now - 1h, now - 2min));
  lane.refilled(std::move(fetched), now);
  for (Sequence sequence = 1; sequence <= 4; ++sequence) {
    offer(sequence);
  }
  EXPECT_THAT(take(), ElementsAre(10, 1, 2, 3));
  finish(1);
  EXPECT_THAT(take(), ElementsAre(4));
  finish(10);
  EXPECT_THAT(take(), ElementsAre(11));
}

TEST_F(LaneTest, halting_gives_everything_back_and_starts_nothing) {
  ASSERT_TRUE(lane.refill(now));
  Fetched fetched;
  fetched.waiting.push_back(waiting(10, now - 1h, now - 1min));
  lane.refilled(std::move(fetched), now);
  offer(1);
  lane.halt();
  EXPECT_THAT(take(), ElementsAre());
  EXPECT_FALSE(lane.wake(now));
  EXPECT_TRUE(lane.idle());
  EXPECT_EQ(bodies.used(), 0u);
  lane.proceed();
  const auto request = lane.refill(now);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->from, now - 1min);
}

TEST_F(LaneTest, a_refill_that_arrives_while_halted_is_done_again) {
  ASSERT_TRUE(lane.refill(now));
  lane.halt();
  Fetched fetched;
  fetched.waiting.push_back(waiting(10, now - 1h, now - 1min));
  lane.refilled(std::move(fetched), now);
  lane.proceed();
  const auto request = lane.refill(now);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->from, core::Time{});
}

TEST_F(LaneTest, a_failed_refill_is_repeated_from_where_it_began_after_a_pause) {
  ASSERT_TRUE(lane.refill(now));
  lane.refill_failed(now);
  EXPECT_FALSE(lane.refill(now));
  EXPECT_EQ(lane.wake(now), now + Lane::kRefillPause);
  const auto request = lane.refill(now + Lane::kRefillPause);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->from, core::Time{});
}

TEST_F(LaneTest, does_not_ask_on_end_for_what_is_not_durable_yet) {
  const auto request = lane.refill(now);
  ASSERT_TRUE(request);
  Fetched fetched;
  fetched.next_due = now;
  fetched.not_yet = true;
  lane.refilled(std::move(fetched), now);
  EXPECT_FALSE(lane.refill(now));
  EXPECT_EQ(lane.wake(now), now + Lane::kNotYetPause);
  EXPECT_TRUE(lane.refill(now + Lane::kNotYetPause));
}

TEST_F(LaneTest, what_others_may_have_taken_over_waits_behind_the_fence_and_holds_up_nothing) {
  ASSERT_TRUE(lane.refill(now));
  Fetched fetched;
  fetched.waiting.push_back(waiting(1, now - 2s, now - 2s));
  fetched.waiting.back().delivery.record.replicated = true;
  fetched.waiting.push_back(waiting(2, now - 1s, now - 1s));
  lane.refilled(std::move(fetched), now);
  lane.set_fenced(true);
  const auto second = lane.next(now);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->delivery.ref.sequence, 2U);
  EXPECT_FALSE(lane.next(now));
  EXPECT_FALSE(lane.holds(1));
  EXPECT_EQ(lane.wake(now), now + Lane::kFencedPause);

  lane.set_fenced(false);
  const auto request = lane.refill(now);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->from, now - 2s);
  EXPECT_FALSE(request->fenced);
}

TEST_F(LaneTest, a_refill_leaves_out_what_is_fenced_until_the_fence_is_gone) {
  lane.set_fenced(true);
  const auto request = lane.refill(now);
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->fenced);
  Fetched fetched;
  fetched.fenced_due = now - 5s;
  lane.refilled(std::move(fetched), now);
  EXPECT_FALSE(lane.refill(now));
  lane.set_fenced(false);
  const auto again = lane.refill(now);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->from, now - 5s);
}

TEST_F(LaneTest, nor_to_probe_with_what_is_due_later) {
  const auto request = lane.refill(now);
  ASSERT_TRUE(request);
  Fetched fetched;
  fetched.next_due = now + 1h;
  lane.refilled(std::move(fetched), now);
  ASSERT_TRUE(lane.refill(now));  // nothing is known of the destination
  Fetched probe;
  probe.next_due = now + 1h;
  probe.not_yet = true;
  lane.refilled(std::move(probe), now);
  EXPECT_FALSE(lane.refill(now));
  EXPECT_EQ(lane.wake(now), now + Lane::kNotYetPause);
}

TEST_F(LaneTest, only_so_many_late_offers_are_remembered_the_rest_waits_until_it_is_safe) {
  Lane wide(1, options(2 * Lane::kOvertakenMax), bodies);
  ASSERT_TRUE(wide.refill(now));
  Fetched fetched;
  for (Sequence sequence = 1; sequence <= Lane::kOvertakenMax + 10; ++sequence) {
    fetched.waiting.push_back(waiting(sequence, now, now));
  }
  wide.refilled(std::move(fetched), now);
  std::size_t taken = 0;
  while (const auto next = wide.next(now)) {
    (void)wide.attempted(next->delivery.ref.sequence, {}, now, now);
    wide.settled(next->delivery.ref.sequence, std::nullopt);
    ++taken;
  }
  EXPECT_EQ(taken, Lane::kOvertakenMax);
  EXPECT_EQ(wide.wake(now), now + Lane::kOfferAgeMax);
}

TEST_F(LaneTest, bodies_beyond_its_share_of_the_budget_are_not_kept) {
  prove();
  for (Sequence sequence = 1; sequence <= 4; ++sequence) {
    offer(sequence);
  }
  EXPECT_EQ(take().size(), 4u);
  lane.offer(waiting(5, now, now).delivery, event(100), now);
  lane.offer(waiting(6, now, now).delivery, event(100), now);
  finish(1);
  finish(2);
  const auto fifth = lane.next(now);
  const auto sixth = lane.next(now);
  ASSERT_TRUE(fifth && sixth);
  EXPECT_TRUE(fifth->event);
  EXPECT_FALSE(sixth->event);
}

TEST_F(LaneTest, beyond_the_budget_one_body_is_in_flight_and_the_others_wait_for_room) {
  start_empty();
  auto others = std::make_optional(bodies.reserve(900));
  for (Sequence sequence = 1; sequence <= 3; ++sequence) {
    lane.offer(waiting(sequence, now, now).delivery, event(100), now);
  }
  const auto first = lane.next(now);
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->event);
  EXPECT_FALSE(first->bytes);
  EXPECT_FALSE(lane.next(now));
  EXPECT_EQ(lane.wake(now), now + Lane::kRoomPause);

  others.reset();
  const auto second = lane.next(now);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->bytes.bytes(), 100u);
  EXPECT_FALSE(lane.next(now));
  finish(1);
  EXPECT_TRUE(lane.next(now));
  EXPECT_FALSE(lane.next(now));
  EXPECT_FALSE(lane.wake(now));
}

TEST_F(LaneTest, a_due_delivery_without_room_does_not_hold_up_the_body_that_is_exempt) {
  const auto others = bodies.reserve(1000);
  ASSERT_TRUE(lane.refill(now));
  lane.offer(waiting(1, now, now).delivery, event(600), now);
  Fetched fetched;
  fetched.waiting.push_back(waiting(10, now - 1h, now - 1min));
  fetched.waiting.back().body_bytes = 600;
  lane.refilled(std::move(fetched), now);
  EXPECT_THAT(take(), ElementsAre(1));
  finish(1);
  EXPECT_THAT(take(), ElementsAre(10));
}

TEST_F(LaneTest, halting_lets_go_of_the_exempt_body) {
  start_empty();
  const auto others = bodies.reserve(1000);
  lane.offer(waiting(1, now, now).delivery, event(600), now);
  lane.halt();
  lane.proceed();
  lane.offer(waiting(2, now, now).delivery, event(600), now);
  EXPECT_THAT(take(), ElementsAre(2));
}

TEST_F(LaneTest, no_body_waits_for_a_destination_not_known_to_be_quick) {
  start_empty();
  fill();
  EXPECT_EQ(bodies.used(), 0u);
}

TEST_F(LaneTest, bodies_that_wait_are_let_go_of_when_the_destination_becomes_slow) {
  prove();
  fill();
  EXPECT_EQ(bodies.used(), 2u);
  (void)lane.attempted(1, {Health::Sign::well, 2s, {}}, now, now);
  lane.settled(1, std::nullopt);
  (void)lane.next(now);
  EXPECT_EQ(bodies.used(), 0u);
}

TEST_F(LaneTest, bodies_that_wait_are_let_go_of_when_nothing_is_answered_any_more) {
  prove();
  fill();
  now += ConcurrencyLimit::kQuick;
  EXPECT_FALSE(lane.next(now));
  EXPECT_EQ(bodies.used(), 2u);
  now += 1us;
  EXPECT_FALSE(lane.next(now));
  EXPECT_EQ(bodies.used(), 0u);
}

TEST_F(LaneTest, an_offer_without_an_event_is_looked_up) {
  start_empty();
  lane.offer(waiting(1, now, now).delivery, nullptr, now);
  EXPECT_THAT(take(), ElementsAre());
  EXPECT_EQ(lane.wake(now), now);
}

}  // namespace
}  // namespace spillway::delivery
