#include "journal/settle.hpp"

#include "tests/unit/journal/journal_fixture.hpp"

namespace spillway::journal {
namespace {

using core::DeliveryState;
using core::Reason;

TEST_F(JournalTest, a_delivered_settlement_moves_the_books_and_leaves_the_due_index) {
  const DestinationNumber acme = destination("acme");
  const AcceptedEvent accepted = accept_one(event("body", {acme}));
  EXPECT_TRUE(settle_now(accepted.opened[0], DeliveryState::delivered));
  EXPECT_EQ(counts(acme).in(DeliveryState::delivered), 1U);
  EXPECT_EQ(counts(acme).in(DeliveryState::pending), 0U);
  const Reader reader(store_);
  EXPECT_FALSE(*reader.earliest_due(acme));
  const auto attempts = reader.attempts(accepted.opened[0].ref);
  ASSERT_TRUE(attempts);
  ASSERT_EQ(attempts->size(), 1U);
  EXPECT_EQ(attempts->at(0).excerpt, "hello");
  expect_true_books();
}

TEST_F(JournalTest, a_deferred_settlement_moves_the_due_time) {
  const DestinationNumber acme = destination("acme");
  const AcceptedEvent accepted = accept_one(event("body", {acme}));
  EXPECT_TRUE(settle_now(accepted.opened[0], DeliveryState::pending));
  const Reader reader(store_);
  EXPECT_EQ(*reader.earliest_due(acme), now_ + std::chrono::seconds(5));
  EXPECT_TRUE(reader.due(acme, core::Time{}, now_, 10, [](DeliveryRef) { return false; })
                  ->deliveries.empty());
  expect_true_books();
}

TEST_F(JournalTest, a_settlement_of_an_older_generation_changes_nothing) {
  const DestinationNumber acme = destination("acme");
  const AcceptedEvent accepted = accept_one(event("body", {acme}));
  ASSERT_TRUE(settle_now(accepted.opened[0], DeliveryState::dead, Reason::exhausted));
  commit(std::make_unique<Replay>(executor_, accepted.opened[0].ref.sequence, std::nullopt,
                                  std::vector<Target>{}, Rejoin::in_order,
                                  [](core::Result<Opening> opening) {
                                    ASSERT_TRUE(opening);
                                    EXPECT_EQ(opening->opened.size(), 1U);
                                  }));
  EXPECT_FALSE(settle_now(accepted.opened[0], DeliveryState::delivered));
  EXPECT_EQ(counts(acme).in(DeliveryState::pending), 1U);
  const Reader reader(store_);
  EXPECT_EQ(reader.attempts(accepted.opened[0].ref)->size(), 1U);  // no excerpt written back
  expect_true_books();
}

TEST_F(JournalTest, only_the_latest_attempts_are_kept) {
  const DestinationNumber acme = destination("acme");
  OpenDelivery open = accept_one(event("body", {acme})).opened[0];
  for (std::uint32_t i = 0; i < kAttemptsKept + 5; ++i) {
    ASSERT_TRUE(settle_now(open, DeliveryState::pending));
    ++open.record.attempts;
  }
  const auto attempts = Reader(store_).attempts(open.ref);
  ASSERT_EQ(attempts->size(), kAttemptsKept);
  EXPECT_EQ(attempts->front().number, 6U);
  EXPECT_EQ(attempts->back().number, kAttemptsKept + 5);
}

TEST_F(JournalTest, two_settlements_in_one_batch_apply_once) {
  const DestinationNumber acme = destination("acme");
  const AcceptedEvent accepted = accept_one(event("body", {acme}));
  bool first = false;
  bool second = false;
  commit(settle(settlement(accepted.opened[0], DeliveryState::delivered), &first),
         settle(settlement(accepted.opened[0], DeliveryState::dead, Reason::exhausted), &second));
  EXPECT_TRUE(first);
  EXPECT_FALSE(second);
  EXPECT_EQ(counts(acme).in(DeliveryState::delivered), 1U);
  expect_true_books();
}

TEST_F(JournalTest, outcomes_ask_for_a_sync_within_50_ms) {
  const DestinationNumber acme = destination("acme");
  const AcceptedEvent accepted = accept_one(event("body", {acme}));
  bool applied = false;
  write(settle(settlement(accepted.opened[0], DeliveryState::delivered), &applied));
  EXPECT_TRUE(applied);  // answered before it is durable
  EXPECT_FALSE(commit_->sync_wanted(now_));
  ASSERT_TRUE(commit_->sync_due());
  EXPECT_LE(*commit_->sync_due(), now_ + std::chrono::milliseconds(50));
  EXPECT_TRUE(commit_->sync_wanted(now_ + std::chrono::milliseconds(50)));
  power_cut();
  EXPECT_EQ(counts(acme).in(DeliveryState::pending), 1U);  // a repeat, not a loss
  expect_true_books();
}

TEST_F(JournalTest, a_stalled_store_sheds_accepts_and_keeps_outcomes) {
  const DestinationNumber acme = destination("acme");
  const AcceptedEvent accepted = accept_one(event("body", {acme}));
  std::vector<std::unique_ptr<Command>> batch;
  bool applied = false;
  batch.push_back(settle(settlement(accepted.opened[0], DeliveryState::delivered), &applied));
  core::ErrorCode refused{};
  std::vector<NewEvent> events;
  events.push_back(event("late", {acme}));
  batch.push_back(std::make_unique<Accept>(executor_, std::move(events),
                                           Command::Durability::synced,
                                           [&](core::Result<std::vector<AcceptedEvent>> outcome) {
                                             ASSERT_FALSE(outcome);
                                             refused = outcome.error().code;
                                           }));
  store_.fail_next_write(
      {core::ErrorCode::unavailable, core::Fault::us, core::Retry::safe, "stalled"});
  const auto stalled = commit_->write(std::move(batch), now_);
  ASSERT_TRUE(stalled);
  EXPECT_EQ(*stalled, GroupCommit::Written::stalled);
  commit_->shed();
  EXPECT_EQ(refused, core::ErrorCode::unavailable);
  write();
  EXPECT_TRUE(applied);
  EXPECT_EQ(counts(acme).accepted, 1U);
  expect_true_books();
}

TEST_F(JournalTest, dropped_deliveries_are_purged_and_cannot_be_replayed) {
  const DestinationNumber acme = destination("acme");
  const AcceptedEvent accepted = accept_one(event("body", {acme}));
  ASSERT_TRUE(settle_now(accepted.opened[0], DeliveryState::dead, Reason::exhausted));
  commit(
      std::make_unique<Drop>(executor_, std::vector{accepted.opened[0].ref},
                             [](core::Result<std::size_t> dropped) { EXPECT_EQ(*dropped, 1U); }));
  EXPECT_EQ(counts(acme).in(DeliveryState::purged), 1U);
  commit(std::make_unique<Replay>(
      executor_, accepted.opened[0].ref.sequence, std::nullopt, std::vector<Target>{},
      Rejoin::in_order,
      [](core::Result<Opening> opening) { EXPECT_TRUE(opening->opened.empty()); }));
  expect_true_books();
}

TEST_F(JournalTest, the_pause_of_a_destination_survives_and_adds_up) {
  const DestinationNumber acme = destination("acme");
  const auto set_paused = [&](std::optional<std::string> reason) {
    bool changed = false;
    commit(std::make_unique<SetPaused>(executor_, acme, std::move(reason),
                                       [&](core::Result<bool> outcome) { changed = *outcome; }));
    return changed;
  };
  EXPECT_TRUE(set_paused("410"));
  EXPECT_FALSE(set_paused("again"));
  now_ += std::chrono::hours(2);
  power_cut();
  EXPECT_TRUE(set_paused(std::nullopt));
  now_ += std::chrono::hours(1);
  const AcceptedEvent accepted = accept_one(event("body", {acme}));
  EXPECT_EQ(accepted.opened[0].record.paused_before, core::Duration(std::chrono::hours(2)));
}

}  // namespace
}  // namespace spillway::journal
