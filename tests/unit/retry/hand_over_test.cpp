// Engine, desk and journal together: from a failed attempt to a message in the log, and back.
#include "retry/hand_over_desk.hpp"

#include "journal/reader.hpp"
#include "retry/custody_recovery.hpp"
#include "retry/spool_record.hpp"

#include "tests/support/fake_writer.hpp"
#include "tests/unit/delivery/engine_harness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace spillway::retry {
namespace {

using namespace std::chrono_literals;
using core::Custody;
using core::DeliveryState;
using delivery::EngineHarness;
using support::answered;
using testing::ElementsAre;

class HandOverTest : public testing::Test, protected EngineHarness {
 protected:
  HandOverTest() {
    make_desk();
    start();
    delivery::DestinationOptions acme = options("acme");
    acme.retry.schedule = {1s, 10min};
    configure({acme});
    sender.behave = [](const delivery::SendRequest&) { return answered(500); };
  }

  void make_desk() {
    desk = std::make_unique<HandOverDesk>(
        HandOverParts{.executor = executor,
                      .clock = time,
                      .commands = journal,
                      .writer = writer,
                      .probe = hand_over_probe,
                      .open = open,
                      .topics = Topics("spillway"),
                      .node = "n1",
                      .taken_back = [this](std::vector<journal::OpenDelivery> taken) {
                        for (journal::OpenDelivery& delivery : taken) {
                          engine->offer({std::move(delivery), nullptr});
                        }
                      }});
    spool = desk.get();
  }

  std::uint64_t hand_overs(const std::string& result) {
    return counter("spillway_spool_handoff_total", {{"result", result}});
  }

  FakeWriter writer;
  std::atomic<bool> open{true};
  HandOverProbe hand_over_probe{registry};
  std::unique_ptr<HandOverDesk> desk;
};

TEST_F(HandOverTest, what_waits_long_goes_to_the_tier_of_its_wait) {
  const journal::OpenDelivery posted = post("hello");
  time.run_for(2s);
  EXPECT_EQ(sender.sent().size(), 2u);
  ASSERT_EQ(writer.written.size(), 1u);
  EXPECT_EQ(writer.written[0].topic, "spillway-retry-600000");
  const auto record = SpoolRecord::decode(writer.written[0].message);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->event->body, "hello");
  EXPECT_EQ(record->attempts, 2u);
  EXPECT_EQ(record->destination, "acme");
  EXPECT_EQ(record->node, "n1");
  EXPECT_EQ(record->opened, posted.record.opened);
  EXPECT_EQ(journal.delivery(posted.ref).custody, Custody::kafka);
  EXPECT_EQ(hand_overs("handed_over"), 1u);
  EXPECT_EQ(engine->open(), 0u);
  time.run_for(24h);
  EXPECT_EQ(sender.sent().size(), 2u);
  EXPECT_EQ(bodies.used(), 0u);
}

TEST_F(HandOverTest, nobody_attempts_it_while_it_is_under_way) {
  writer.hangs = true;
  const journal::OpenDelivery posted = post("hello");
  time.run_for(24h);
  EXPECT_EQ(sender.sent().size(), 2u);
  EXPECT_EQ(journal.delivery(posted.ref).custody, Custody::handing);
  EXPECT_EQ(desk->under_way(), 1u);
}

TEST_F(HandOverTest, what_the_log_does_not_acknowledge_is_attempted_here_again) {
  writer.fails = true;
  const journal::OpenDelivery posted = post("hello");
  time.run_for(2s);
  const journal::DeliveryRecord record = journal.delivery(posted.ref);
  EXPECT_EQ(record.custody, Custody::local);
  EXPECT_EQ(record.generation, 2u);
  EXPECT_EQ(hand_overs("taken_back"), 1u);
  EXPECT_EQ(counter("spillway_duplicates_total", {{"where", "handover"}}), 1u);
  writer.takes_any = false;
  sender.behave = [](const delivery::SendRequest&) { return answered(200); };
  time.run_for(10min);
  EXPECT_EQ(sender.sent().size(), 3u);
  EXPECT_EQ(sender.sent().back().attempt, 3u);
  EXPECT_EQ(journal.delivery(posted.ref).state, DeliveryState::delivered);
}

TEST_F(HandOverTest, without_the_log_it_stays) {
  writer.takes_any = false;
  const journal::OpenDelivery posted = post("hello");
  time.run_for(2s);
  EXPECT_TRUE(writer.written.empty());
  EXPECT_EQ(journal.delivery(posted.ref).custody, Custody::local);
}

TEST_F(HandOverTest, nothing_is_handed_over_before_the_last_life_is_put_in_order) {
  open = false;
  const journal::OpenDelivery posted = post("hello");
  time.run_for(2s);
  EXPECT_EQ(journal.delivery(posted.ref).custody, Custody::local);
}

TEST_F(HandOverTest, a_crash_halfway_is_taken_back_at_the_next_start) {
  writer.hangs = true;
  const journal::OpenDelivery posted = post("hello");
  time.run_for(2s);
  EXPECT_EQ(writer.written.size(), 1u);
  time.drop_all();
  crash();
  EXPECT_EQ(journal.delivery(posted.ref).custody, Custody::handing);
  configure({options("acme")});
  CustodyRecovery recovery(executor, time, journal.store(), journal,
                           [this](std::vector<journal::OpenDelivery> taken) {
                             for (journal::OpenDelivery& delivery : taken) {
                               engine->offer({std::move(delivery), nullptr});
                             }
                           });
  std::size_t taken = 0;
  recovery.take_back(Custody::handing, [&](std::size_t count) { taken = count; });
  time.run_ready();
  EXPECT_EQ(taken, 1u);
  EXPECT_EQ(journal.delivery(posted.ref).custody, Custody::local);
  EXPECT_EQ(journal::Reader(journal.store()).handed(Custody::handing, std::nullopt, 1)->size(), 0u);
}

// A visit: an attempt for another journal.
class VisitTest : public HandOverTest {
 protected:
  delivery::Visit visit(const std::string& body) {
    auto event = std::make_shared<core::Event>();
    event->id = core::EventId::make(time.now(), 2, random);
    event->source = "waba";
    event->body = body;
    return {1, std::move(event), 1, 4, time.now() - 1h, 0s};
  }
  void ask(const std::string& body) {
    engine->visit(visit(body), [this](delivery::VisitEnd end) { ends.push_back(std::move(end)); });
  }

  std::vector<delivery::VisitEnd> ends;
};

TEST_F(VisitTest, its_outcome_is_told_and_written_nowhere) {
  sender.behave = [](const delivery::SendRequest&) { return answered(200); };
  ask("foreign");
  EXPECT_TRUE(ends.empty());
  time.run_ready();
  ASSERT_EQ(ends.size(), 1u);
  ASSERT_TRUE(ends[0].settlement);
  EXPECT_EQ(ends[0].settlement->state, DeliveryState::delivered);
  EXPECT_EQ(ends[0].settlement->attempts, 5u);
  EXPECT_EQ(sender.sent()[0].attempt, 5u);
  EXPECT_EQ(journal.counts(1).accepted, 0u);
  EXPECT_EQ(engine->open(), 0u);
}

TEST_F(VisitTest, a_failure_comes_back_with_its_next_time) {
  ask("foreign");
  time.run_ready();
  ASSERT_EQ(ends.size(), 1u);
  EXPECT_EQ(ends[0].settlement->state, DeliveryState::pending);
  EXPECT_GT(ends[0].settlement->due, time.now() + 30s);
}

TEST_F(VisitTest, nothing_is_tried_where_the_destination_is_paused_or_unknown) {
  engine->pause(1);
  ask("foreign");
  delivery::Visit unknown = visit("foreign");
  unknown.destination = 7;
  engine->visit(std::move(unknown),
                [this](delivery::VisitEnd end) { ends.push_back(std::move(end)); });
  time.run_ready();
  ASSERT_EQ(ends.size(), 2u);
  EXPECT_FALSE(ends[0].settlement);
  EXPECT_EQ(ends[0].wait, 2 * delivery::kVisitPauseMin);
  EXPECT_FALSE(ends[1].settlement);
  EXPECT_EQ(ends[1].wait, delivery::kVisitPauseMin);
  EXPECT_TRUE(sender.sent().empty());
}

TEST_F(VisitTest, while_the_destination_is_down_only_probes_go) {
  for (int i = 0; i < 20; ++i) {
    ask("foreign");
  }
  time.run_ready();
  ASSERT_EQ(ends.size(), 20u);
  const std::size_t tried = sender.sent().size();
  EXPECT_LT(tried, 20u);
  EXPECT_EQ(std::ranges::count_if(ends, [](const auto& end) { return !end.settlement; }),
            static_cast<std::ptrdiff_t>(20 - tried));
  time.run_for(2s);  // the time of a probe
  ask("foreign");
  ask("foreign");
  time.run_ready();
  EXPECT_EQ(sender.sent().size(), tried + 1);
  ASSERT_EQ(ends.size(), 22u);
  EXPECT_GE(ends.back().settlement ? 30s : ends.back().wait, 30s);
}

TEST_F(VisitTest, those_that_a_rate_holds_back_go_when_it_allows) {
  delivery::DestinationOptions acme = options("acme");
  acme.rate = core::RateOptions{1, 1};
  configure({acme});
  sender.behave = [](const delivery::SendRequest&) { return answered(200); };
  for (int i = 0; i < 3; ++i) {
    ask("foreign");
  }
  time.run_for(5s);
  EXPECT_EQ(sender.sent().size(), 3u);
  EXPECT_EQ(ends.size(), 3u);
}

TEST_F(VisitTest, what_waits_here_takes_turns_with_them_where_there_is_one_slot) {
  delivery::DestinationOptions acme = options("acme");
  acme.max_in_flight = 1;
  configure({acme});
  sender.latency = 10ms;
  sender.behave = [](const delivery::SendRequest&) { return answered(200); };
  for (int i = 0; i < 50; ++i) {
    ask("foreign");
  }
  post("own");
  time.run_for(50ms);
  const auto sent = sender.bodies();
  EXPECT_EQ(std::ranges::count(sent, "own"), 1);
}

TEST_F(VisitTest, what_has_no_time_left_ends_while_its_destination_is_down_and_others_wait) {
  for (int i = 0; i < 10; ++i) {
    post("own");
  }
  time.run_for(1s);
  delivery::Visit late = visit("foreign");
  late.opened = time.now() - 100h;
  engine->visit(std::move(late),
                [this](delivery::VisitEnd end) { ends.push_back(std::move(end)); });
  time.run_ready();
  ASSERT_EQ(ends.size(), 1u);
  ASSERT_TRUE(ends[0].settlement);
  EXPECT_EQ(ends[0].settlement->state, DeliveryState::dead);
  EXPECT_EQ(ends[0].settlement->attempt.number, 0u);
}

TEST_F(VisitTest, others_that_wait_keep_most_slots) {
  hang();
  for (int i = 0; i < 100; ++i) {
    ask("foreign");
    post("own");
  }
  time.run_ready();
  const auto sent = sender.bodies();
  const auto own = std::ranges::count(sent, "own");
  EXPECT_GT(own, 0);
  EXPECT_GT(std::ranges::count(sent, "foreign"), 0);
}

TEST_F(VisitTest, those_that_get_no_slot_are_turned_away_and_stopping_waits_for_the_others) {
  hang();
  for (int i = 0; i < 100; ++i) {
    ask("foreign");
  }
  time.run_ready();
  EXPECT_TRUE(ends.empty());
  bool stopped = false;
  engine->stop(time.now() + 10s, [&] { stopped = true; });
  time.run_ready();
  EXPECT_FALSE(stopped);
  EXPECT_EQ(ends.size(), 100u - sender.hanging());
  sender.answer_hanging(answered(200));
  time.run_ready();
  EXPECT_EQ(ends.size(), 100u);
  EXPECT_TRUE(stopped);
}

}  // namespace
}  // namespace spillway::retry
