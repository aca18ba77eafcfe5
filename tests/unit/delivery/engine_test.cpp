#include "delivery/engine.hpp"

#include "engine_harness.hpp"
#include "journal/reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace spillway::delivery {
namespace {

using namespace std::chrono_literals;
using core::DeliveryState;
using core::Reason;
using support::answered;
using support::FakeSender;
using support::lost;
using support::not_sent;
using testing::ElementsAre;
using testing::IsEmpty;

class EngineTest : public testing::Test, protected EngineHarness {};

TEST_F(EngineTest, first_attempt_starts_within_the_offer) {
  configure({options("acme")});
  const journal::OpenDelivery opened = post("hello");
  EXPECT_THAT(sender.bodies(), ElementsAre("hello"));
  time.run_ready();
  const journal::DeliveryRecord record = journal.delivery(opened.ref);
  EXPECT_EQ(record.state, DeliveryState::delivered);
  EXPECT_EQ(record.attempts, 1u);
  EXPECT_EQ(engine->open(), 0u);
}

TEST_F(EngineTest, failed_attempts_are_repeated_on_schedule) {
  configure({options("acme")});
  fail_until(3, answered(500));
  const core::Time start = time.now();
  const journal::OpenDelivery opened = post("hello");
  time.run_for(1h);
  std::vector<core::Duration> at;
  for (const FakeSender::Sent& sent : sender.sent()) {
    at.push_back(sent.at - start);
  }
  EXPECT_THAT(at, ElementsAre(0s, 1s, 6s));
  EXPECT_EQ(journal.delivery(opened.ref).state, DeliveryState::delivered);
  const auto attempts = journal::Reader(journal.store()).attempts(opened.ref);
  ASSERT_TRUE(attempts);
  EXPECT_EQ(attempts->size(), 3u);
}

TEST_F(EngineTest, retry_after_extends_the_schedule) {
  configure({options("acme")});
  fail_until(2, answered(503, "90"));
  const core::Time start = time.now();
  post("hello");
  time.run_for(1h);
  ASSERT_EQ(sender.sent().size(), 2u);
  EXPECT_EQ(sender.sent()[1].at, start + 90s);
}

TEST_F(EngineTest, gives_up_as_exhausted_and_attempts_no_more) {
  DestinationOptions acme = options("acme");
  acme.retry.give_up_after = 1min;
  configure({acme});
  fail_until(1000, answered(500));
  const journal::OpenDelivery opened = post("hello");
  time.run_for(100h);
  EXPECT_EQ(sender.sent().size(), 4u);
  const journal::DeliveryRecord record = journal.delivery(opened.ref);
  EXPECT_EQ(record.state, DeliveryState::dead);
  EXPECT_EQ(record.reason, Reason::exhausted);
  EXPECT_EQ(counter("spillway_dead_total", {{"destination", "acme"}, {"reason", "exhausted"}}), 1u);
}

TEST_F(EngineTest, a_replay_is_a_new_life_with_its_own_schedule) {
  DestinationOptions acme = options("acme");
  acme.retry.give_up_after = 1min;
  configure({acme});
  fail_until(1000, answered(500));
  const journal::OpenDelivery opened = post("hello");
  time.run_for(100h);
  fail_until(2, answered(500));
  for (const journal::OpenDelivery& again : journal.replay(opened.ref.sequence)) {
    engine->offer({again, journal.last_event()});
  }
  time.run_for(1min);
  EXPECT_EQ(journal.delivery(opened.ref).state, DeliveryState::delivered);
  ASSERT_EQ(sender.sent().size(), 6u);
  EXPECT_EQ(sender.sent()[5].generation, 2u);
  EXPECT_EQ(sender.sent()[5].attempt, 2u);
}

TEST_F(EngineTest, an_event_that_is_not_at_hand_is_read) {
  configure({options("acme")});
  const journal::AcceptedEvent accepted = journal.accept("hello", {1});
  engine->offer({accepted.opened.front(), nullptr});
  time.run_ready();
  EXPECT_THAT(sender.bodies(), ElementsAre("hello"));
}

TEST_F(EngineTest, worthless_when_late_is_expired_without_an_attempt) {
  DestinationOptions acme = options("acme");
  acme.ttl = 10s;
  acme.max_in_flight = 1;
  configure({acme});
  hang();
  post("first");
  const journal::OpenDelivery late = post("late");
  time.run_for(10s);
  sender.answer_hanging(answered(200));
  time.run_for(1s);
  EXPECT_THAT(sender.bodies(), ElementsAre("first"));
  EXPECT_EQ(journal.delivery(late.ref).state, DeliveryState::expired);
  EXPECT_EQ(journal.delivery(late.ref).reason, Reason::ttl);
}

TEST_F(EngineTest, gone_pauses_the_destination_and_gives_nothing_up) {
  DestinationOptions acme = options("acme");
  acme.retry.give_up_after = 1min;
  configure({acme});
  fail_until(1000, answered(410));
  const journal::OpenDelivery first = post("first");
  time.run_ready();
  const journal::OpenDelivery second = post("second");
  time.run_for(100h);
  EXPECT_THAT(sender.bodies(), ElementsAre("first"));
  EXPECT_EQ(journal.delivery(first.ref).state, DeliveryState::pending);
  EXPECT_EQ(journal.delivery(second.ref).state, DeliveryState::pending);
  EXPECT_TRUE(journal.register_names({"acme"}).destinations.begin()->second.paused());

  fail_until(0, answered(200));
  journal.set_paused(1, std::nullopt);
  engine->resume(1);
  time.run_for(1s);
  EXPECT_EQ(journal.counts(1).in(DeliveryState::delivered), 2u);
}

TEST_F(EngineTest, time_spent_paused_does_not_count_towards_giving_up) {
  DestinationOptions acme = options("acme");
  acme.retry.give_up_after = 1min;
  configure({acme});
  fail_until(4, answered(500));
  const journal::OpenDelivery opened = post("hello");
  time.run_for(6s);
  journal.set_paused(1, "by a person");
  engine->pause(1);
  time.run_for(50h);
  EXPECT_EQ(sender.sent().size(), 3u);
  journal.set_paused(1, std::nullopt);
  engine->resume(1);
  time.run_for(1min);
  EXPECT_EQ(journal.delivery(opened.ref).state, DeliveryState::delivered);
}

TEST_F(EngineTest, what_does_not_fit_in_memory_is_read_in_its_turn_none_lost_none_twice) {
  DestinationOptions acme = options("acme");
  acme.max_in_flight = 4;
  configure({acme});
  sender.latency = 5ms;
  const int count = 500;
  for (int i = 0; i < count; ++i) {
    post(numbered(i));
  }
  time.run_for(1min);
  const std::vector<std::string> bodies = sender.bodies();
  EXPECT_EQ(bodies.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(std::set<std::string>(bodies.begin(), bodies.end()).size(), bodies.size());
  EXPECT_EQ(journal.counts(1).in(DeliveryState::delivered), static_cast<std::size_t>(count));
  EXPECT_EQ(sender.in_flight_max(), 4u);
}

TEST_F(EngineTest, a_backlog_is_delivered_oldest_first) {
  DestinationOptions acme = options("acme");
  acme.max_in_flight = 2;
  configure({acme});
  journal.set_paused(1, "by a person");
  engine->pause(1);
  std::vector<std::string> expected;
  for (int i = 0; i < 50; ++i) {
    post(numbered(i));
    time.run_for(1ms);
    expected.push_back(numbered(i));
  }
  time.run_for(10s);
  engine->resume(1);
  time.run_for(1min);
  EXPECT_EQ(sender.bodies(), expected);
}

TEST_F(EngineTest, new_deliveries_do_not_wait_behind_a_backlog_nor_starve_it) {
  DestinationOptions acme = options("acme");
  acme.max_in_flight = 5;
  configure({acme});
  post("first");
  time.run_ready();
  engine->pause(1);
  for (int i = 0; i < 200; ++i) {
    post("old");
  }
  time.run_for(10s);
  sender.latency = 10ms;
  engine->resume(1);
  time.run_ready();
  for (int i = 0; i < 40; ++i) {
    post("new");
    time.run_for(3ms);
  }
  time.run_for(5ms);
  const std::vector<std::string> bodies = sender.bodies();
  EXPECT_GE(std::ranges::count(bodies, "new"), 38);
  EXPECT_GE(std::ranges::count(bodies, "old"), 12);
}

TEST_F(EngineTest, beyond_the_byte_budget_only_ids_wait_in_memory) {
  EngineHarness small(1000);
  DestinationOptions acme = options("acme");
  acme.max_in_flight = 2;
  small.configure({acme});
  small.sender.latency = 10ms;
  for (int i = 0; i < 20; ++i) {
    small.post(std::string(400, 'x') + numbered(i));
    EXPECT_LE(small.bodies.used(), small.bodies.limit());
  }
  small.time.run_for(1min);
  EXPECT_EQ(small.journal.counts(1).in(DeliveryState::delivered), 20u);
  EXPECT_EQ(small.sender.sent().size(), 20u);
  EXPECT_GT(small.backlog.reads, 0u);
  EXPECT_EQ(small.bodies.used(), 0u);
}

TEST_F(EngineTest, bodies_in_flight_count_towards_the_byte_budget_and_no_lane_is_starved) {
  EngineHarness small(8000);
  small.configure({options("a"), options("b"), options("c"), options("healthy")});
  small.sender.behave = [](const SendRequest& request) {
    return request.destination->number == 4 ? std::optional(answered(200)) : std::nullopt;
  };
  for (int i = 0; i < 20; ++i) {
    for (journal::DestinationNumber to = 1; to <= 4; ++to) {
      small.post(std::string(400, 'x'), to);
    }
    small.time.run_for(1ms);
  }
  small.time.run_for(10s);
  // Four have room, and each lane holds one more.
  EXPECT_EQ(small.sender.hanging(), 7u);
  EXPECT_EQ(small.bodies.used(), 1600u);
  EXPECT_EQ(small.journal.counts(4).in(DeliveryState::delivered), 20u);

  small.sender.behave = [](const SendRequest&) { return std::optional(answered(200)); };
  small.sender.answer_hanging(answered(200));
  small.time.run_for(1s);
  for (journal::DestinationNumber to = 1; to <= 3; ++to) {
    EXPECT_EQ(small.journal.counts(to).in(DeliveryState::delivered), 20u);
  }
  EXPECT_EQ(small.bodies.used(), 0u);
}

TEST_F(EngineTest, a_send_that_our_own_limits_leave_no_room_for_is_no_attempt) {
  configure({options("acme")});
  const core::Time start = time.now();
  sender.behave = [&](const SendRequest&) {
    SendResult refused = not_sent();
    refused.failure->ours = true;
    return std::optional(time.now() < start + 20s ? refused : answered(200));
  };
  const journal::OpenDelivery opened = post("hello");
  time.run_for(20500ms);
  EXPECT_EQ(sender.sent().size(), 21u);
  EXPECT_EQ(sender.sent().back().attempt, 1u);
  EXPECT_EQ(sender.sent().back().at, start + 20 * Engine::kNoRoomPause);
  EXPECT_EQ(journal.delivery(opened.ref).state, DeliveryState::delivered);
  EXPECT_EQ(journal.delivery(opened.ref).attempts, 1u);
  EXPECT_EQ(counter("spillway_attempts_put_off_total"), 20u);
}

TEST_F(EngineTest, one_hanging_destination_does_not_delay_another) {
  configure({options("hanging"), options("healthy")});
  sender.behave = [](const SendRequest& request) {
    return request.destination->number == 1 ? std::nullopt : std::optional(answered(200));
  };
  for (int i = 0; i < 500; ++i) {
    post("hang", 1);
    const core::Time before = time.now();
    post("go", 2);
    ASSERT_EQ(sender.sent().back().body, "go");
    ASSERT_EQ(sender.sent().back().at, before);
    time.run_for(1ms);
  }
  EXPECT_EQ(journal.counts(2).in(DeliveryState::delivered), 500u);
}

TEST_F(EngineTest, restart_continues_what_was_pending_and_repeats_nothing_recorded) {
  configure({options("acme")});
  sender.behave = [](const SendRequest& request) {
    return std::optional(request.event->body == "fails" ? answered(500) : answered(200));
  };
  post("fine");
  const journal::OpenDelivery failing = post("fails");
  time.run_for(100ms);
  hang();
  post("hangs");
  crash();
  sender.behave = [](const SendRequest&) { return std::optional(answered(200)); };
  configure({options("acme")});
  time.run_for(1min);
  EXPECT_THAT(sender.bodies(), ElementsAre("fine", "fails", "hangs", "hangs", "fails"));
  EXPECT_EQ(journal.delivery(failing.ref).attempts, 2u);
  EXPECT_EQ(journal.counts(1).in(DeliveryState::delivered), 3u);
}

TEST_F(EngineTest, an_outcome_of_an_earlier_generation_changes_nothing) {
  DestinationOptions acme = options("acme");
  acme.retry.give_up_after = 0s;
  configure({acme});
  hang();
  const journal::OpenDelivery opened = post("hello");
  // Meanwhile the delivery dies and is replayed, as another node's record of it might.
  journal::Settlement died;
  died.ref = opened.ref;
  died.generation = 1;
  died.state = DeliveryState::dead;
  died.reason = Reason::exhausted;
  journal.submit(
      std::make_unique<journal::Settle>(executor, died, [](core::Result<journal::Settled>) {}));
  time.run_ready();
  const auto replayed = journal.replay(opened.ref.sequence);
  ASSERT_EQ(replayed.size(), 1u);
  engine->offer({replayed.front(), journal.last_event()});
  EXPECT_EQ(sender.sent().size(), 1u);  // held by the attempt under way

  sender.behave = [](const SendRequest&) { return std::optional(answered(202)); };
  sender.answer_hanging(answered(500));
  time.run_for(1s);
  EXPECT_EQ(counter("spillway_settle_stale_total"), 1u);
  ASSERT_EQ(sender.sent().size(), 2u);
  EXPECT_EQ(sender.sent()[1].generation, 2u);
  EXPECT_EQ(journal.delivery(opened.ref).state, DeliveryState::delivered);
}

TEST_F(EngineTest, an_offer_that_comes_after_its_delivery_was_found_on_disk_sends_nothing) {
  configure({options("acme")});
  const journal::AcceptedEvent accepted = journal.accept("hello", {1});
  crash();  // a new engine finds it by itself
  configure({options("acme")});
  ASSERT_THAT(sender.bodies(), ElementsAre("hello"));
  engine->offer({accepted.opened.front(), journal.last_event()});
  time.run_for(10s);
  engine->offer({accepted.opened.front(), journal.last_event()});
  time.run_for(10s);
  EXPECT_THAT(sender.bodies(), ElementsAre("hello"));
}

TEST_F(EngineTest, a_failing_backlog_is_read_again_later) {
  configure({options("acme")});
  engine->pause(1);
  post("hello");
  time.run_for(10s);
  backlog.failures = 3;
  engine->resume(1);
  time.run_for(2900ms);
  EXPECT_TRUE(sender.sent().empty());
  time.run_for(1s);
  EXPECT_THAT(sender.bodies(), ElementsAre("hello"));
  EXPECT_EQ(counter("spillway_refill_failed_total"), 3u);
}

TEST_F(EngineTest, an_outcome_that_cannot_be_written_is_written_later_and_not_sent_again) {
  configure({options("acme")});
  journal.fail_settles(5);
  const journal::OpenDelivery opened = post("hello");
  time.run_for(1min);
  EXPECT_THAT(sender.bodies(), ElementsAre("hello"));
  EXPECT_EQ(journal.delivery(opened.ref).state, DeliveryState::delivered);
  EXPECT_EQ(counter("spillway_settle_failed_total"), 5u);
}

TEST_F(EngineTest, an_outcome_that_can_never_be_written_does_not_hold_the_delivery_for_ever) {
  configure({options("acme")});
  journal.fail_settles(Engine::kSettleTriesMax);
  const journal::OpenDelivery opened = post("hello");
  time.run_for(5min);
  EXPECT_THAT(sender.bodies(), ElementsAre("hello", "hello"));
  EXPECT_EQ(journal.delivery(opened.ref).state, DeliveryState::delivered);
  EXPECT_EQ(counter("spillway_duplicates_total", {{"where", "unrecorded"}}), 1u);
}

TEST_F(EngineTest, unwritten_outcomes_are_bounded) {
  configure({options("acme")});
  journal.hold_settles();
  for (int i = 0; i < 2000; ++i) {
    post("x");
    time.run_ready();
  }
  EXPECT_EQ(sender.sent().size(), Lane::kUnsettledMax);
  journal.release_settles();
  time.run_for(1min);
  EXPECT_EQ(journal.counts(1).in(DeliveryState::delivered), 2000u);
  EXPECT_EQ(sender.sent().size(), 2000u);
}

TEST_F(EngineTest, a_lost_answer_is_counted_as_a_possible_repeat) {
  configure({options("acme")});
  fail_until(2, lost());
  post("hello");
  time.run_for(1min);
  EXPECT_EQ(sender.sent().size(), 2u);
  EXPECT_EQ(counter("spillway_duplicates_total", {{"where", "unknown_outcome"}}), 1u);
  EXPECT_EQ(counter("spillway_attempts_total", {{"destination", "acme"}, {"outcome", "unknown"}}),
            1u);
  fail_until(2, not_sent());
  post("hello");
  time.run_for(1min);
  EXPECT_EQ(counter("spillway_duplicates_total", {{"where", "unknown_outcome"}}), 1u);
}

TEST_F(EngineTest, stop_waits_for_attempts_under_way_and_their_records) {
  configure({options("acme")});
  hang();
  const journal::OpenDelivery opened = post("hello");
  bool stopped = false;
  engine->stop(time.now() + 10s, [&] { stopped = true; });
  post("too late");
  time.run_for(5s);
  EXPECT_FALSE(stopped);
  sender.answer_hanging(answered(200));
  time.run_ready();
  EXPECT_TRUE(stopped);
  EXPECT_EQ(journal.delivery(opened.ref).state, DeliveryState::delivered);
  EXPECT_THAT(sender.bodies(), ElementsAre("hello"));
}

TEST_F(EngineTest, stop_cuts_off_what_hangs_at_its_deadline_and_records_it_as_unknown) {
  configure({options("acme")});
  hang();
  const journal::OpenDelivery opened = post("hello");
  bool stopped = false;
  engine->stop(time.now() + 10s, [&] { stopped = true; });
  time.run_for(10s);
  EXPECT_TRUE(stopped);
  const auto attempts = journal::Reader(journal.store()).attempts(opened.ref);
  ASSERT_TRUE(attempts);
  ASSERT_EQ(attempts->size(), 1u);
  EXPECT_EQ(attempts->front().outcome, core::Outcome::unknown);
}

TEST_F(EngineTest, stop_calls_back_even_when_the_journal_never_answers) {
  configure({options("acme")});
  journal.hold_settles();
  post("hello");
  bool stopped = false;
  engine->stop(time.now() + 10s, [&] { stopped = true; });
  time.run_for(10s + Engine::kSettleGrace);
  EXPECT_TRUE(stopped);
}

TEST_F(EngineTest, a_removed_destination_keeps_what_waits_until_it_is_configured_again) {
  DestinationOptions acme = options("acme");
  acme.max_in_flight = 1;
  configure({acme, options("other")});
  hang();
  const journal::OpenDelivery first = post("first");
  const journal::OpenDelivery second = post("second");
  configure({options("other")});
  sender.answer_hanging(answered(200));
  time.run_for(1h);
  EXPECT_EQ(journal.delivery(first.ref).state, DeliveryState::delivered);
  EXPECT_EQ(journal.delivery(second.ref).state, DeliveryState::pending);
  sender.behave = [](const SendRequest&) { return std::optional(answered(200)); };
  const journal::OpenDelivery third = post("third");
  configure({acme, options("other")});
  time.run_for(1s);
  EXPECT_THAT(sender.bodies(), ElementsAre("first", "second", "third"));
  EXPECT_EQ(journal.delivery(third.ref).state, DeliveryState::delivered);
}

// A reload asks the journal first and configures then; in between, somebody may have been quicker.
TEST_F(EngineTest, a_destination_comes_back_as_it_was_last_paused_or_resumed) {
  const std::vector<DestinationOptions> both = {options("acme"), options("other")};
  configure(both);
  configure({options("other")});
  const journal::Names unpaused = registered(both);
  engine->pause(1);
  apply(both, unpaused);
  post("hello");
  time.run_for(1h);
  EXPECT_THAT(sender.bodies(), IsEmpty());

  configure({options("other")});
  journal::Names paused = unpaused;
  paused.destinations.at("acme").paused_since = time.now();
  time.run_for(1min);
  engine->resume(1);
  apply(both, paused);
  time.run_for(1s);
  EXPECT_THAT(sender.bodies(), ElementsAre("hello"));
}

TEST_F(EngineTest, a_destination_removed_after_it_was_resumed_does_not_come_back_paused) {
  const std::vector<DestinationOptions> both = {options("acme"), options("other")};
  configure(both);
  engine->pause(1);
  journal::Names paused = registered(both);
  paused.destinations.at("acme").paused_since = time.now();
  engine->resume(1);
  configure({options("other")});
  apply(both, paused);
  post("hello");
  time.run_for(1s);
  EXPECT_THAT(sender.bodies(), ElementsAre("hello"));
}

TEST_F(EngineTest, a_removed_destination_leaves_no_timer_behind) {
  DestinationOptions acme = options("acme");
  acme.retry.on_4xx = On4xx::dead;
  configure({acme, options("other")});
  time.run_for(1s);
  const std::size_t before = time.waiting();
  fail_until(2, answered(404));
  post("hello");
  time.run_for(1s);
  EXPECT_EQ(time.waiting(), before + 1);  // to tell of others that die
  configure({options("other")});
  EXPECT_EQ(time.waiting(), before);
}

TEST_F(EngineTest, a_changed_policy_reaches_the_next_attempt) {
  DestinationOptions acme = options("acme");
  configure({acme});
  fail_until(3, answered(500));
  const core::Time start = time.now();
  post("hello");
  time.run_ready();
  acme.retry.schedule = {1s, 2s};
  configure({acme});
  time.run_for(1min);
  ASSERT_EQ(sender.sent().size(), 3u);
  EXPECT_EQ(sender.sent()[2].at, start + 3s);
}

TEST_F(EngineTest, a_rate_is_kept) {
  DestinationOptions acme = options("acme");
  acme.rate = {10, 5};
  configure({acme});
  for (int i = 0; i < 100; ++i) {
    post(numbered(i));
  }
  time.run_for(5s);
  EXPECT_GE(sender.sent().size(), 50u);
  EXPECT_LE(sender.sent().size(), 56u);
  time.run_for(5s);
  EXPECT_EQ(journal.counts(1).in(DeliveryState::delivered), 100u);
}

TEST_F(EngineTest, a_hanging_destination_gets_few_sockets) {
  DestinationOptions acme = options("acme");
  acme.max_in_flight = 64;
  configure({acme});
  hang();
  for (int i = 0; i < 200; ++i) {
    post(numbered(i));
    time.run_for(5ms);
  }
  EXPECT_LE(sender.in_flight_max(), 8u);
}

TEST_F(EngineTest, a_slow_destination_gets_few_sockets) {
  DestinationOptions acme = options("acme");
  acme.max_in_flight = 64;
  configure({acme});
  sender.latency = 10s;
  for (int i = 0; i < 2000; ++i) {
    post(numbered(i));
    time.run_for(100ms);
  }
  EXPECT_LE(sender.in_flight_max(), 8u);
  EXPECT_LE(sender.in_flight(), 64u / 10);
}

}  // namespace
}  // namespace spillway::delivery
