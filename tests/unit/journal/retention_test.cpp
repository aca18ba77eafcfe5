#include "journal/retention.hpp"

#include "tests/unit/journal/journal_fixture.hpp"

namespace spillway::journal {
namespace {

using core::DeliveryState;
using core::Reason;

class RetentionTest : public JournalTest {
 protected:
  // Retires until nothing is left to do.
  Retired retire(bool early = false) {
    Retired sum;
    for (bool more = true; more;) {
      commit(
          std::make_unique<Retire>(executor_, retention_, early, [&](core::Result<Retired> done) {
            ASSERT_TRUE(done) << done.error().message;
            sum.events += done->events;
            sum.forgotten += done->forgotten;
            sum.kept += done->kept;
            more = done->events > 0 && done->more;
          }));
    }
    return sum;
  }

  std::uint64_t sweep() {
    std::uint64_t forgotten = 0;
    std::string cursor;
    do {
      commit(
          std::make_unique<SweepKept>(executor_, retention_, cursor, [&](core::Result<Swept> done) {
            ASSERT_TRUE(done) << done.error().message;
            forgotten += done->forgotten;
            cursor = done->cursor;
          }));
    } while (!cursor.empty());
    return forgotten;
  }

  std::size_t rows(Table table) const {
    std::size_t count = 0;
    EXPECT_TRUE(store_.scan(table, {}, std::string(64, '\xff'), Direction::forward,
                            [&](std::string_view, std::string_view) {
                              ++count;
                              return true;
                            }));
    return count;
  }

  Retention retention_;
};

TEST_F(RetentionTest, nothing_goes_before_its_time) {
  const DestinationNumber acme = destination("acme");
  const AcceptedEvent accepted = accept_one(event("body", {acme}));
  ASSERT_TRUE(settle_now(accepted.opened[0], DeliveryState::delivered));
  now_ += retention_.delivered - std::chrono::hours(1);
  accept_one(event("later", {acme}));
  EXPECT_EQ(retire().events, 0U);
}

TEST_F(RetentionTest, delivered_history_goes_and_the_books_still_balance) {
  const DestinationNumber acme = destination("acme");
  for (int i = 0; i < 600; ++i) {
    const AcceptedEvent accepted = accept_one(event("body", {acme}));
    ASSERT_TRUE(settle_now(accepted.opened[0], DeliveryState::delivered));
  }
  now_ += retention_.delivered + std::chrono::hours(2);
  accept_one(event("later", {acme}));
  EXPECT_EQ(retire().forgotten, 600U);
  EXPECT_EQ(rows(Table::events), 1U);
  EXPECT_EQ(rows(Table::bodies), 1U);
  EXPECT_EQ(rows(Table::ids), 1U);
  EXPECT_EQ(rows(Table::attempts), 0U);
  EXPECT_EQ(rows(Table::fates), 0U);
  EXPECT_EQ(counts(acme).accepted, 601U);
  EXPECT_EQ(counts(acme).in(DeliveryState::delivered), 600U);
  expect_true_books();
  power_cut();
  EXPECT_EQ(counts(acme).accepted, 601U);
  expect_true_books();
}

TEST_F(RetentionTest, what_is_pending_or_dead_survives_and_goes_on) {
  const DestinationNumber acme = destination("acme");
  const DestinationNumber other = destination("other");
  const AcceptedEvent waits = accept_one(event("waits", {acme, other}));
  const AcceptedEvent died = accept_one(event("died", {acme}));
  ASSERT_TRUE(settle_now(waits.opened[1], DeliveryState::delivered));
  ASSERT_TRUE(settle_now(died.opened[0], DeliveryState::dead, Reason::exhausted));
  now_ += retention_.delivered + std::chrono::hours(2);
  accept_one(event("later", {other}));
  const Retired done = retire();
  EXPECT_EQ(done.kept, 2U);
  EXPECT_EQ(done.forgotten, 1U);
  expect_true_books();

  const Reader reader(store_);
  EXPECT_EQ((*reader.event(waits.opened[0].ref.sequence, {}))->body, "waits");
  EXPECT_EQ(reader.attempts(died.opened[0].ref)->size(), 1U);
  EXPECT_EQ(*reader.sequence_of(died.id), died.opened[0].ref.sequence);
  EXPECT_EQ(reader.due(acme, core::Time{}, now_, 10, [](DeliveryRef) { return false; })
                ->deliveries.size(),
            1U);
  // An attempt that was under way meanwhile still counts, and the dead letter can be replayed.
  EXPECT_TRUE(settle_now(waits.opened[0], DeliveryState::delivered));
  commit(std::make_unique<Replay>(
      executor_, died.opened[0].ref.sequence, std::nullopt, std::vector<Target>{}, Rejoin::in_order,
      [](core::Result<Opening> opening) { EXPECT_EQ(opening->opened.size(), 1U); }));
  EXPECT_EQ(counts(acme).in(DeliveryState::pending), 1U);
  expect_true_books();
}

TEST_F(RetentionTest, dead_letters_are_purged_after_their_own_retention) {
  const DestinationNumber acme = destination("acme");
  const AcceptedEvent died = accept_one(event("died", {acme}));
  const AcceptedEvent waits = accept_one(event("waits", {acme}));
  ASSERT_TRUE(settle_now(died.opened[0], DeliveryState::dead, Reason::exhausted));
  now_ += retention_.delivered + std::chrono::hours(2);
  const AcceptedEvent later = accept_one(event("later", {acme}));
  ASSERT_TRUE(settle_now(later.opened[0], DeliveryState::delivered));
  retire();
  EXPECT_EQ(sweep(), 0U);
  now_ += retention_.dead;
  EXPECT_EQ(sweep(), 1U);
  EXPECT_EQ(counts(acme).in(DeliveryState::purged), 1U);
  EXPECT_EQ(counts(acme).in(DeliveryState::pending), 1U);  // never pruned
  expect_true_books();
  const Reader reader(store_);
  EXPECT_FALSE(*reader.sequence_of(died.id));
  EXPECT_TRUE(*reader.body(waits.opened[0].ref.sequence));
}

TEST_F(RetentionTest, early_retirement_takes_delivered_history_of_the_current_hour) {
  const DestinationNumber acme = destination("acme");
  const AcceptedEvent accepted = accept_one(event("body", {acme}));
  const AcceptedEvent waits = accept_one(event("waits", {acme}));
  ASSERT_TRUE(settle_now(accepted.opened[0], DeliveryState::delivered));
  EXPECT_EQ(retire(true).forgotten, 1U);
  EXPECT_EQ(counts(acme).in(DeliveryState::pending), 1U);
  expect_true_books();
  EXPECT_EQ((*Reader(store_).event(waits.opened[0].ref.sequence, {}))->body, "waits");
  // Accepting goes on in the same slice.
  accept_one(event("next", {acme}));
  expect_true_books();
}

TEST_F(RetentionTest, early_retirement_gives_space_back_at_once) {
  // A full disk takes no event, so nothing would ever begin the next slice.
  const DestinationNumber acme = destination("acme");
  for (int i = 0; i < 300; ++i) {
    const AcceptedEvent accepted = accept_one(event("body", {acme}));
    ASSERT_TRUE(settle_now(accepted.opened[0], DeliveryState::delivered));
  }
  EXPECT_EQ(retire(true).forgotten, 300U);
  EXPECT_EQ(rows(Table::bodies), 0U);
  EXPECT_EQ(rows(Table::deliveries), 0U);
  accept_one(event("next", {acme}));
  EXPECT_EQ(rows(Table::bodies), 1U);
  expect_true_books();
}

TEST_F(RetentionTest, one_batch_is_bounded_in_bytes) {
  const DestinationNumber acme = destination("acme");
  const std::string body(std::size_t{1} << 20, 'x');
  for (int i = 0; i < 20; ++i) {
    accept_one(event(body, {acme}));
  }
  Retired done;
  commit(std::make_unique<Retire>(executor_, retention_, true,
                                  [&](core::Result<Retired> result) { done = result.value(); }));
  EXPECT_EQ(done.kept, 8U);
  EXPECT_TRUE(done.more);
  EXPECT_EQ(rows(Table::bodies), 20U);  // copied ones have left their place
  EXPECT_EQ(retire(true).kept, 12U);
  EXPECT_EQ(counts(acme).in(DeliveryState::pending), 20U);
  expect_true_books();
}

TEST_F(RetentionTest, what_was_kept_while_it_waited_goes_once_it_is_delivered) {
  const DestinationNumber acme = destination("acme");
  const AcceptedEvent accepted = accept_one(event("body", {acme}));
  EXPECT_EQ(retire(true).kept, 1U);
  ASSERT_TRUE(settle_now(accepted.opened[0], DeliveryState::delivered));
  EXPECT_EQ(sweep(), 0U);
  retention_.delivered = {};  // as the housekeeper has it where the disk is short
  EXPECT_EQ(sweep(), 1U);
  EXPECT_EQ(rows(Table::bodies), 0U);
  EXPECT_EQ(counts(acme).in(DeliveryState::delivered), 1U);
  expect_true_books();
}

TEST_F(RetentionTest, the_last_hour_goes_too_when_nothing_comes_after_it) {
  const DestinationNumber acme = destination("acme");
  const AcceptedEvent accepted = accept_one(event("body", {acme}));
  ASSERT_TRUE(settle_now(accepted.opened[0], DeliveryState::delivered));
  now_ += retention_.delivered + std::chrono::hours(2);
  EXPECT_EQ(retire().forgotten, 1U);
  EXPECT_EQ(rows(Table::events), 0U);
  accept_one(event("later", {acme}));
  expect_true_books();
}

TEST_F(RetentionTest, idempotency_keys_go_by_days_behind_their_window) {
  const DestinationNumber acme = destination("acme");
  accept_one(event("body", {acme}, "old"));
  now_ += std::chrono::days(5);
  accept_one(event("body", {acme}, "new"));
  std::uint64_t early = 99;
  commit(std::make_unique<ForgetKeys>(
      executor_, std::map<SourceNumber, DedupLimit>{{1, {window_, 1'000'000}}},
      [&](core::Result<ForgottenKeys> done) { early = done->early; }));
  EXPECT_EQ(early, 0U);
  EXPECT_EQ(rows(Table::dedup), 1U);
}

TEST_F(RetentionTest, a_source_over_its_bytes_forgets_its_oldest_day_first) {
  const DestinationNumber acme = destination("acme");
  for (int day = 0; day < 3; ++day) {
    for (int i = 0; i < 4; ++i) {
      accept_one(event("body", {acme}, std::to_string(day * 10 + i)));
    }
    now_ += std::chrono::days(1);
  }
  std::uint64_t early = 0;
  commit(std::make_unique<ForgetKeys>(
      executor_,
      std::map<SourceNumber, DedupLimit>{{1, {std::chrono::days(8), 9 * kDedupKeyBytes}}},
      [&](core::Result<ForgottenKeys> done) { early = done->early; }));
  EXPECT_EQ(early, 4U);
  EXPECT_EQ(rows(Table::dedup), 8U);
  EXPECT_EQ(accept_one(event("body", {acme}, "0")).verdict, Verdict::accepted);
  EXPECT_EQ(accept_one(event("body", {acme}, "10")).verdict, Verdict::duplicate);
}

}  // namespace
}  // namespace spillway::journal
