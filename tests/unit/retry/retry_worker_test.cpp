#include "retry/retry_worker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/retry/retry_worker_fixture.hpp"

namespace spillway::retry {
namespace {

using core::DeliveryState;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using namespace testing_support;

TEST_F(RetryWorkerTest, attempts_a_record_when_its_topics_delay_is_over_and_writes_its_fate) {
  start();
  spool(record_of(1));
  time_.run_for(kShort - milliseconds(20));
  EXPECT_EQ(attempts_.made, 0U);
  time_.run_for(milliseconds(50));
  ASSERT_EQ(attempts_.made, 1U);
  EXPECT_EQ(attempts_.under_way[0].record.event->body, "{}");
  EXPECT_EQ(position().offset, 0);
  attempts_.end(delivered());
  time_.run_for(kAWhile);
  EXPECT_EQ(position().offset, 1);
  ASSERT_THAT(fates(), SizeIs(1));
  const FateRecord fate = fates()[0];
  EXPECT_EQ(fate.event, record_of(1).event->id);
  EXPECT_EQ(fate.state, DeliveryState::delivered);
  EXPECT_EQ(fate.attempts, 3U);
  EXPECT_EQ(fate.worker, "worker");
  EXPECT_EQ(fate.attempt.outcome, core::Outcome::delivered);
  EXPECT_EQ(log_.transactions(), 1U);
}

TEST_F(RetryWorkerTest, attempts_nothing_before_all_that_was_asked_is_known) {
  control_.set_caught_up(false);
  start();
  spool_and_wait(record_of(1));
  EXPECT_EQ(attempts_.made, 0U);
  control_.set_caught_up(true);
  time_.run_for(kAWhile);
  EXPECT_EQ(attempts_.made, 1U);
}

TEST_F(RetryWorkerTest, lets_a_record_hop_down_until_it_is_due) {
  start();
  SpoolRecord record = record_of(1);
  record.due = time_.now() + kShort + minutes(5);
  spool_and_wait(record);
  EXPECT_EQ(attempts_.made, 0U);
  ASSERT_THAT(waiting(minutes(2)), SizeIs(1));
  const SpoolRecord hopped = waiting(minutes(2))[0];
  EXPECT_EQ(hopped.hop, 1U);
  EXPECT_EQ(hopped.attempts, 2U);
  EXPECT_EQ(hopped.due, record.due);
  EXPECT_EQ(position().offset, 1);
  EXPECT_THAT(fates(), IsEmpty());
  time_.run_until(record.due - milliseconds(20));
  EXPECT_EQ(attempts_.made, 0U);
  time_.run_for(milliseconds(50));
  EXPECT_EQ(attempts_.made, 1U);
  EXPECT_EQ(metric("spillway_spool_hops_total", {{"tier", "120s"}}), 2);
}

TEST_F(RetryWorkerTest, lets_what_failed_hop_to_the_topic_for_its_wait) {
  start();
  spool_and_wait(record_of(1));
  const core::Time due = time_.now() + minutes(45);
  attempts_.end(failed_until(due));
  time_.run_for(kAWhile);
  ASSERT_THAT(waiting(minutes(30)), SizeIs(1));
  EXPECT_EQ(waiting(minutes(30))[0].attempts, 3U);
  EXPECT_EQ(waiting(minutes(30))[0].due, due);
  ASSERT_THAT(fates(), SizeIs(1));
  EXPECT_EQ(fates()[0].state, DeliveryState::pending);
  EXPECT_EQ(fates()[0].due, due);
  EXPECT_EQ(position().offset, 1);
}

TEST_F(RetryWorkerTest, attempts_again_itself_what_is_due_soon) {
  start();
  spool_and_wait(record_of(1));
  attempts_.end(failed_until(time_.now() + seconds(10)));
  time_.run_for(seconds(9));
  EXPECT_EQ(attempts_.made, 1U);
  EXPECT_EQ(position().offset, 0);
  ASSERT_THAT(fates(), SizeIs(1));
  EXPECT_EQ(fates()[0].attempts, 3U);
  time_.run_for(seconds(2));
  ASSERT_EQ(attempts_.made, 2U);
  EXPECT_EQ(attempts_.under_way[0].record.attempts, 3U);
  attempts_.end(delivered());
  time_.run_for(kAWhile);
  ASSERT_THAT(fates(), SizeIs(2));
  EXPECT_EQ(fates()[1].attempts, 4U);
  EXPECT_EQ(position().offset, 1);
}

TEST_F(RetryWorkerTest, copies_what_was_given_up_on_to_the_dead_letters) {
  start();
  spool_and_wait(record_of(1, "acme", "the body"));
  attempts_.end(dead());
  time_.run_for(kAWhile);
  const auto letters = log_.messages(topics_.dead());
  ASSERT_THAT(letters, SizeIs(1));
  EXPECT_EQ(letters[0].message.value, "the body");
  EXPECT_THAT(letters[0].message.headers,
              testing::IsSupersetOf(
                  {core::Header{"dead-reason", "rejected"}, core::Header{"dead-status", "400"}}));
  ASSERT_TRUE(SpoolRecord::decode(letters[0].message));
  EXPECT_THAT(fates(), SizeIs(1));
}

TEST_F(RetryWorkerTest, writes_the_fate_of_what_ended_without_an_attempt) {
  start();
  spool_and_wait(record_of(1));
  VisitOutcome expired;
  expired.state = DeliveryState::expired;
  expired.reason = core::Reason::ttl;
  attempts_.end(expired);
  time_.run_for(kAWhile);
  ASSERT_THAT(fates(), SizeIs(1));
  EXPECT_EQ(fates()[0].state, DeliveryState::expired);
  EXPECT_EQ(fates()[0].attempts, 2U);
  EXPECT_EQ(fates()[0].attempt.number, 0U);
  EXPECT_EQ(position().offset, 1);
}

TEST_F(RetryWorkerTest, lets_what_is_not_to_be_attempted_now_hop_with_its_attempts_unspent) {
  start();
  spool_and_wait(record_of(1));
  attempts_.end(put_off(seconds(1)));
  time_.run_for(kAWhile);
  auto hopped = waiting(kShort);
  ASSERT_THAT(hopped, SizeIs(2));
  EXPECT_EQ(hopped[1].attempts, 2U);
  EXPECT_EQ(hopped[1].paused, core::Duration{});
  EXPECT_THAT(fates(), IsEmpty());
}

TEST_F(RetryWorkerTest, attempts_no_copy_that_is_void_and_says_that_it_is_gone) {
  start();
  const SpoolRecord record = record_of(1);
  ask(voiding(record, 1));
  spool_and_wait(record);
  EXPECT_EQ(attempts_.made, 0U);
  EXPECT_EQ(position().offset, 1);
  EXPECT_THAT(fates(), IsEmpty());
  const auto control = log_.messages(topics_.control());
  ASSERT_THAT(control, SizeIs(1));
  EXPECT_EQ(control[0].message.key, voiding(record, 1).encode().key);
  EXPECT_EQ(control[0].message.value, "");
}

TEST_F(RetryWorkerTest, leaves_alone_what_is_asked_of_another_generations_copy) {
  start();
  const SpoolRecord record = record_of(1);
  ask(voiding(record, 3));
  spool_and_wait(record);
  EXPECT_EQ(attempts_.made, 0U);
  EXPECT_EQ(position().offset, 1);
  EXPECT_THAT(log_.messages(topics_.control()), IsEmpty());
  SpoolRecord newer = record;
  newer.generation = 4;
  spool_and_wait(newer);
  EXPECT_EQ(attempts_.made, 1U);
}

TEST_F(RetryWorkerTest, goes_no_further_with_what_became_void_while_it_was_attempted) {
  start();
  const SpoolRecord record = record_of(1);
  spool_and_wait(record);
  ask(voiding(record, 1));
  attempts_.end(dead());
  time_.run_for(kAWhile);
  EXPECT_THAT(fates(), SizeIs(1));
  EXPECT_THAT(log_.messages(topics_.control()), SizeIs(1));
  // Its data is not wanted any more.
  EXPECT_THAT(log_.messages(topics_.dead()), IsEmpty());
}

TEST_F(RetryWorkerTest, gives_one_destination_a_quarter_and_lets_the_rest_hop) {
  options_.records_max = 40;
  start();
  for (std::uint16_t i = 0; i < 15; ++i) {
    spool(record_of(i));
  }
  spool(record_of(100, "other"));
  time_.run_for(kShort + kAWhile);
  ASSERT_EQ(attempts_.made, 11U);
  EXPECT_EQ(attempts_.under_way.back().record.destination, "other");
  EXPECT_THAT(waiting(kShort), SizeIs(16 + 5));
  EXPECT_EQ(waiting(kShort).back().attempts, 2U);
  attempts_.end_all(delivered());
  time_.run_for(kShort + kAWhile);
  EXPECT_EQ(attempts_.made, 16U);
}

TEST_F(RetryWorkerTest, gives_one_destination_a_quarter_of_a_partitions_window) {
  options_.offsets_max = 20;
  start();
  for (std::uint16_t i = 0; i < 7; ++i) {
    spool(record_of(i));
  }
  time_.run_for(kShort + kAWhile);
  EXPECT_EQ(attempts_.made, 5U);
  EXPECT_THAT(waiting(kShort), SizeIs(7 + 2));
}

TEST_F(RetryWorkerTest, reads_no_further_than_what_is_not_ready_for_long) {
  start();
  const TopicPartition far{topics_.retry(hours(1)), 0};
  for (std::uint16_t i = 0; i < 10; ++i) {
    spool(record_of(i), hours(1));
  }
  time_.run_for(kAWhile);
  EXPECT_EQ(metric("spillway_spool_records_open"), 1);
  EXPECT_TRUE(member_.paused().contains(far));
  time_.run_for(hours(1) - seconds(1));
  EXPECT_EQ(metric("spillway_spool_records_open"), 10);
  time_.run_for(seconds(1));
  EXPECT_EQ(attempts_.made, 10U);
}

TEST_F(RetryWorkerTest, reads_no_further_than_the_window_of_a_partition_and_its_memory) {
  options_.offsets_max = 80;
  options_.records_max = 50;
  for (std::uint16_t i = 0; i < 150; ++i) {
    spool(record_of(i, "d" + std::to_string(i)));
  }
  time_.run_for(kShort);  // all are ready when they are read
  start();
  time_.run_for(kAWhile);
  EXPECT_EQ(attempts_.made, 50U);
  EXPECT_EQ(metric("spillway_spool_records_open"), 50);
  // The first one hangs, the others do not.
  auto hanging = std::move(attempts_.under_way.front());
  attempts_.under_way.erase(attempts_.under_way.begin());
  for (int i = 0; i < 10; ++i) {
    attempts_.end_all(delivered());
    time_.run_for(kAWhile);
  }
  EXPECT_EQ(attempts_.made, 80U);
  EXPECT_EQ(position().offset, 0);
  hanging.callback(delivered());
  for (int i = 0; i < 10; ++i) {
    attempts_.end_all(delivered());
    time_.run_for(kAWhile);
  }
  EXPECT_EQ(attempts_.made, 150U);
  EXPECT_EQ(position().offset, 150);
}

TEST_F(RetryWorkerTest, reads_no_further_than_its_bytes_in_memory_but_one_of_each_partition) {
  options_.bytes_max = 10'000;
  const std::string large(6000, 'x');
  for (std::uint16_t i = 0; i < 5; ++i) {
    spool(record_of(i, "acme", large));
    spool(record_of(i, "acme", large), minutes(2));
  }
  time_.run_for(minutes(3));
  start();
  time_.run_for(kAWhile);
  // Of the partition that is read first, one more before the limit is reached.
  EXPECT_EQ(attempts_.made, 3U);
  for (int i = 0; i < 10; ++i) {
    EXPECT_LE(attempts_.under_way.size(), 3U);
    attempts_.end_all(delivered());
    time_.run_for(kAWhile);
  }
  EXPECT_EQ(attempts_.made, 10U);
}

TEST_F(RetryWorkerTest, makes_a_transaction_at_most_every_200_ms_and_none_for_nothing) {
  start();
  for (std::uint16_t i = 0; i < 100; ++i) {
    spool(record_of(i));
    time_.run_for(milliseconds(10));
  }
  time_.run_for(kShort - seconds(1));
  EXPECT_EQ(member_.commits(), 0U);
  for (int i = 0; i < 110; ++i) {
    attempts_.end_all(delivered());
    time_.run_for(milliseconds(10));
  }
  EXPECT_EQ(attempts_.made, 100U);
  EXPECT_GE(log_.transactions(), 5U);
  EXPECT_LE(log_.transactions(), 7U);
  time_.run_for(minutes(1));
  EXPECT_LE(log_.transactions(), 7U);
  EXPECT_EQ(position().offset, 100);
}

TEST_F(RetryWorkerTest, writes_the_same_again_after_a_transaction_that_did_not_happen) {
  start();
  spool(record_of(1, "acme", "body"));
  spool(record_of(2, "other"));
  time_.run_for(kShort + kAWhile);
  member_.on_commit = [] {
    return core::Result<void>(core::fail(core::ErrorCode::timeout, "too slow"));
  };
  attempts_.end(dead());
  time_.run_for(seconds(3));
  EXPECT_GE(member_.commits(), 2U);
  EXPECT_LE(member_.commits(), 4U);
  EXPECT_THAT(fates(), IsEmpty());
  attempts_.end(delivered());
  time_.run_ready();
  member_.on_commit = [] { return core::Result<void>(); };
  time_.run_for(seconds(2));
  EXPECT_EQ(log_.transactions(), 1U);
  EXPECT_THAT(fates(), SizeIs(2));
  ASSERT_THAT(log_.messages(topics_.dead()), SizeIs(1));
  EXPECT_EQ(log_.messages(topics_.dead())[0].message.value, "body");
  EXPECT_EQ(position().offset, 2);
  EXPECT_EQ(metric("spillway_spool_transactions_total", {{"outcome", "committed"}}), 1);
  EXPECT_GE(metric("spillway_spool_transactions_total", {{"outcome", "failed"}}), 2);
}

TEST_F(RetryWorkerTest, attempts_nothing_whose_outcome_could_not_be_written) {
  start();
  spool(record_of(1));
  time_.run_for(seconds(5));
  spool(record_of(2));
  time_.run_for(kShort - seconds(4));
  ASSERT_EQ(attempts_.made, 1U);
  member_.on_commit = [] {
    return core::Result<void>(core::fail(core::ErrorCode::unavailable, "no broker"));
  };
  attempts_.end(delivered());
  time_.run_for(minutes(1));
  EXPECT_EQ(attempts_.made, 1U);
  member_.on_commit = [] { return core::Result<void>(); };
  time_.run_for(seconds(2));
  EXPECT_EQ(attempts_.made, 2U);
}

TEST_F(RetryWorkerTest, polls_less_often_while_the_log_does_not_answer) {
  start();
  member_.on_poll = [] {
    return core::Result<void>(core::fail(core::ErrorCode::unavailable, "no broker"));
  };
  spool_and_wait(record_of(1));
  const std::size_t before = member_.polls();
  time_.run_for(seconds(10));
  EXPECT_LE(member_.polls(), before + 11);
  member_.on_poll = [] { return core::Result<void>(); };
  time_.run_for(seconds(1) + kShort);
  EXPECT_EQ(attempts_.made, 1U);
}

TEST_F(RetryWorkerTest, writes_what_has_ended_before_it_gives_up_a_partition) {
  start();
  spool(record_of(1));
  spool(record_of(2));
  time_.run_for(kShort + kAWhile);
  attempts_.end(delivered());
  time_.run_ready();
  // Another member joins and gets everything.
  support::MemoryRetryLog other(log_);
  log_.rebalance([](const TopicPartition&, std::size_t) { return 1; });
  time_.run_for(milliseconds(20));
  EXPECT_EQ(position().offset, 1);
  EXPECT_THAT(fates(), SizeIs(1));
  EXPECT_EQ(repeats(), 0);
  // What came of the other one is not this worker's to say any more.
  attempts_.end(delivered());
  time_.run_for(kAWhile);
  EXPECT_THAT(fates(), SizeIs(1));
  EXPECT_EQ(repeats(), 1);
  EXPECT_EQ(log_.foreign_positions(), 0U);
  EXPECT_EQ(metric("spillway_spool_records_open"), 0);
}

TEST_F(RetryWorkerTest, forgets_everything_when_another_one_took_its_place) {
  start();
  spool(record_of(1));
  spool(record_of(2));
  time_.run_for(kShort + kAWhile);
  log_.fence(member_);
  attempts_.end(delivered());
  time_.run_ready();
  time_.run_for(kAWhile);
  EXPECT_THAT(fates(), IsEmpty());
  EXPECT_EQ(repeats(), 1);
  // It has joined anew, and reads both again.
  EXPECT_EQ(attempts_.made, 4U);
  EXPECT_EQ(attempts_.under_way.size(), 3U);
  attempts_.end_all(delivered());
  time_.run_for(kAWhile);
  EXPECT_THAT(fates(), SizeIs(2));
  EXPECT_EQ(repeats(), 2);
  EXPECT_EQ(position().offset, 2);
}

TEST_F(RetryWorkerTest, repeats_nothing_that_is_done_above_the_position) {
  start();
  for (std::uint16_t i = 0; i < 3; ++i) {
    spool(record_of(i));
  }
  time_.run_for(kShort + kAWhile);
  auto hanging = std::move(attempts_.under_way.front());
  attempts_.under_way.erase(attempts_.under_way.begin());
  attempts_.end_all(delivered());
  time_.run_for(kAWhile);
  EXPECT_EQ(position().offset, 0);
  log_.fence(member_);
  time_.run_for(kAWhile);
  EXPECT_EQ(attempts_.made, 4U);
  attempts_.end_all(delivered());
  time_.run_for(kAWhile);
  EXPECT_THAT(fates(), SizeIs(3));
  EXPECT_EQ(position().offset, 3);
}

TEST_F(RetryWorkerTest, buries_what_it_cannot_understand_as_it_is) {
  start();
  SpoolMessage broken = record_of(1, "acme", "precious").encode();
  broken.headers.push_back({"spillway-unheard-of", "1"});
  log_.append({.topic = topics_.retry(kShort), .message = broken});
  spool_and_wait(record_of(2));
  EXPECT_EQ(attempts_.made, 1U);
  EXPECT_EQ(position().offset, 1);
  const auto letters = log_.messages(topics_.dead());
  ASSERT_THAT(letters, SizeIs(1));
  EXPECT_EQ(letters[0].message, broken);
  EXPECT_EQ(metric("spillway_spool_undecodable_total"), 1);
}

TEST_F(RetryWorkerTest, ends_what_is_under_way_before_it_leaves) {
  start();
  spool(record_of(1));
  time_.run_for(seconds(5));
  spool(record_of(2));
  time_.run_for(kShort - seconds(4));
  ASSERT_EQ(attempts_.made, 1U);
  bool stopped = false;
  worker_->stop(time_.now() + seconds(20), [&] { stopped = true; });
  time_.run_for(seconds(10));
  EXPECT_FALSE(stopped);
  EXPECT_EQ(attempts_.made, 1U);
  attempts_.end(delivered());
  time_.run_ready();
  EXPECT_TRUE(stopped);
  EXPECT_THAT(fates(), SizeIs(1));
  EXPECT_EQ(position().offset, 1);
  EXPECT_EQ(time_.waiting(), 0U);
}

TEST_F(RetryWorkerTest, tries_to_write_what_has_ended_until_the_deadline) {
  start();
  spool_and_wait(record_of(1));
  member_.on_commit = [] {
    return core::Result<void>(core::fail(core::ErrorCode::unavailable, "no broker"));
  };
  bool stopped = false;
  worker_->stop(time_.now() + seconds(20), [&] { stopped = true; });
  attempts_.end(delivered());
  time_.run_for(seconds(10));
  EXPECT_FALSE(stopped);
  member_.on_commit = [] { return core::Result<void>(); };
  time_.run_for(seconds(2));
  EXPECT_TRUE(stopped);
  EXPECT_THAT(fates(), SizeIs(1));
  EXPECT_EQ(repeats(), 0);
  EXPECT_EQ(time_.waiting(), 0U);
}

TEST_F(RetryWorkerTest, leaves_at_the_deadline_whatever_is_under_way) {
  start();
  spool_and_wait(record_of(1));
  bool stopped = false;
  worker_->stop(time_.now() + seconds(20), [&] { stopped = true; });
  time_.run_for(seconds(21));
  EXPECT_TRUE(stopped);
  attempts_.end(delivered());
  time_.run_ready();
  EXPECT_THAT(fates(), IsEmpty());
  EXPECT_EQ(repeats(), 1);
  EXPECT_EQ(time_.waiting(), 0U);
}

}  // namespace
}  // namespace spillway::retry
