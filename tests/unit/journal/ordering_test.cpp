#include "journal/ordering.hpp"

#include <algorithm>

#include "journal/keys.hpp"
#include "journal/retention.hpp"
#include "journal/versions.hpp"
#include "tests/unit/journal/ordering_harness.hpp"

namespace spillway::journal {
namespace {

using core::DeliveryState;
using core::Order;
using core::Reason;
using Sequences = std::vector<Sequence>;

class PerKeyTest : public OrderingTest {
 protected:
  OpenDelivery open(const std::string& key) {
    return accept_one(ordered_event({target(acme_, Order::per_key, key)})).opened.at(0);
  }
  Settled settle_to(const OpenDelivery& open, DeliveryState state, bool park = false) {
    Settlement made = settlement(open, state);
    made.park = park;
    Settled settled;
    commit(settle_into(std::move(made), &settled));
    return settled;
  }
  Opening replay(Sequence sequence, Rejoin rejoin = Rejoin::in_order) {
    Opening opening;
    commit(replay_into(sequence, rejoin, &opening));
    return opening;
  }

  DestinationNumber acme_ = destination("acme");
};

TEST_F(PerKeyTest, only_the_first_of_a_key_is_due) {
  const OpenDelivery first = open("user");
  const OpenDelivery second = open("user");
  const OpenDelivery other = open("other");
  EXPECT_FALSE(first.record.blocked);
  EXPECT_TRUE(second.record.blocked);
  EXPECT_EQ(due(acme_), (Sequences{first.ref.sequence, other.ref.sequence}));
  EXPECT_EQ(counts(acme_).in(DeliveryState::pending), 3U);
  expect_true_books();
}

TEST_F(PerKeyTest, when_the_first_is_done_the_next_is_due_at_once_and_told) {
  const OpenDelivery first = open("user");
  const OpenDelivery second = open("user");
  const OpenDelivery third = open("user");
  now_ += std::chrono::minutes(1);
  const Settled settled = settle_to(first, DeliveryState::delivered);
  ASSERT_EQ(sequences(settled.unblocked), Sequences{second.ref.sequence});
  EXPECT_EQ(settled.unblocked[0].record.due, now_);
  EXPECT_EQ(settled.unblocked[0].record, record(second.ref));
  EXPECT_EQ(due(acme_), Sequences{second.ref.sequence});
  const Settled dead = settle_to(settled.unblocked[0], DeliveryState::dead);
  EXPECT_EQ(sequences(dead.unblocked), Sequences{third.ref.sequence});
  expect_true_books();
}

TEST_F(PerKeyTest, a_failure_keeps_its_key_waiting) {
  const OpenDelivery first = open("user");
  open("user");
  const Settled settled = settle_to(first, DeliveryState::pending);
  EXPECT_TRUE(settled.applied);
  EXPECT_TRUE(settled.unblocked.empty());
  EXPECT_EQ(due(acme_), Sequences{first.ref.sequence});
  expect_true_books();
}

TEST_F(PerKeyTest, a_parked_delivery_lets_the_next_go_and_keeps_its_own_schedule) {
  const OpenDelivery first = open("user");
  const OpenDelivery second = open("user");
  const Settled settled = settle_to(first, DeliveryState::pending, true);
  EXPECT_EQ(sequences(settled.unblocked), Sequences{second.ref.sequence});
  EXPECT_TRUE(record(first.ref).parked);
  EXPECT_TRUE(record(first.ref).out_of_order);
  EXPECT_EQ(record(first.ref).due, now_ + std::chrono::seconds(5));
  EXPECT_EQ(due(acme_), (Sequences{first.ref.sequence, second.ref.sequence}));
  // It is nobody's business any more when it ends.
  OpenDelivery parked{first.ref, record(first.ref)};
  EXPECT_TRUE(settle_to(parked, DeliveryState::delivered).unblocked.empty());
  EXPECT_FALSE(record(first.ref).parked);
  EXPECT_TRUE(record(first.ref).out_of_order);
  expect_true_books();
}

// Found by the simulation: it looked as if it had failed after its destination had come back.
TEST_F(PerKeyTest, a_delivery_that_is_parked_between_attempts_keeps_all_else) {
  const OpenDelivery first = open("user");
  settle_to(first, DeliveryState::pending);
  DeliveryRecord expected = record(first.ref);
  now_ += std::chrono::seconds(1);
  Settlement made = settlement({first.ref, expected}, DeliveryState::pending);
  made.attempt = {};
  made.park = true;
  Settled settled;
  commit(settle_into(std::move(made), &settled));
  EXPECT_TRUE(settled.applied);
  expected.parked = expected.out_of_order = true;
  EXPECT_EQ(record(first.ref), expected);
  expect_true_books();
}

TEST_F(PerKeyTest, events_and_outcomes_in_one_batch_see_each_other) {
  const OpenDelivery first = open("user");
  Settled settled;
  std::vector<AcceptedEvent> accepted;
  std::vector<NewEvent> events;
  events.push_back(ordered_event({target(acme_, Order::per_key, "user")}));
  events.push_back(ordered_event({target(acme_, Order::per_key, "user")}));
  commit(settle_into(settlement(first, DeliveryState::delivered), &settled),
         accept(std::move(events), &accepted));
  EXPECT_TRUE(settled.unblocked.empty());
  EXPECT_FALSE(accepted.at(0).opened.at(0).record.blocked);
  EXPECT_TRUE(accepted.at(1).opened.at(0).record.blocked);
  expect_true_books();
}

TEST_F(PerKeyTest, a_replay_joins_the_end_of_its_key) {
  const OpenDelivery first = open("user");
  settle_to(first, DeliveryState::dead);
  const OpenDelivery second = open("user");
  const OpenDelivery third = open("user");
  const Opening opening = replay(first.ref.sequence);
  ASSERT_EQ(opening.opened.size(), 1U);
  EXPECT_TRUE(opening.opened[0].record.blocked);
  EXPECT_TRUE(news_for_delivery(opening).empty());
  EXPECT_EQ(sequences(settle_to(second, DeliveryState::delivered).unblocked),
            Sequences{third.ref.sequence});
  EXPECT_EQ(sequences(settle_to({third.ref, record(third.ref)}, DeliveryState::dead).unblocked),
            Sequences{first.ref.sequence});
  expect_true_books();
}

TEST_F(PerKeyTest, a_forced_replay_waits_for_nobody_and_says_so) {
  const OpenDelivery first = open("user");
  settle_to(first, DeliveryState::dead);
  const OpenDelivery second = open("user");
  const Opening opening = replay(first.ref.sequence, Rejoin::out_of_order);
  EXPECT_EQ(sequences(news_for_delivery(opening)), Sequences{first.ref.sequence});
  EXPECT_TRUE(record(first.ref).out_of_order);
  EXPECT_EQ(due(acme_), (Sequences{first.ref.sequence, second.ref.sequence}));
  expect_true_books();
  settle_to({first.ref, record(first.ref)}, DeliveryState::dead);
  EXPECT_FALSE(replay(first.ref.sequence).opened.at(0).record.out_of_order);
  expect_true_books();
}

TEST_F(PerKeyTest, erasing_the_first_lets_the_next_go) {
  const OpenDelivery first = open("user");
  const OpenDelivery second = open("user");
  const OpenDelivery third = open("user");
  std::vector<OpenDelivery> unblocked;
  commit(erase_into(second.ref.sequence, &unblocked));
  EXPECT_TRUE(unblocked.empty());
  commit(erase_into(first.ref.sequence, &unblocked));
  EXPECT_EQ(sequences(unblocked), Sequences{third.ref.sequence});
  expect_true_books();
}

TEST_F(PerKeyTest, the_order_outlives_the_process_and_the_move_to_the_kept_region) {
  const OpenDelivery first = open("user");
  const OpenDelivery second = open("user");
  reopen();
  now_ += std::chrono::days(10);
  commit(std::make_unique<Retire>(executor_, Retention{}, false, [](core::Result<Retired> done) {
    ASSERT_TRUE(done);
    EXPECT_EQ(done->kept, 2U);
  }));
  expect_true_books();
  EXPECT_EQ(sequences(settle_to(first, DeliveryState::delivered).unblocked),
            Sequences{second.ref.sequence});
  expect_true_books();
}

TEST_F(PerKeyTest, an_outcome_that_a_power_cut_took_back_blocks_again) {
  const OpenDelivery first = open("user");
  open("user");
  Settled settled;
  write(settle_into(settlement(first, DeliveryState::delivered), &settled));
  EXPECT_EQ(settled.unblocked.size(), 1U);
  power_cut();
  EXPECT_EQ(due(acme_), Sequences{first.ref.sequence});
  expect_true_books();
}

TEST_F(PerKeyTest, audit_finds_an_order_that_is_not_kept) {
  const OpenDelivery first = open("user");
  const OpenDelivery second = open("user");
  const auto problems_after = [&](const OpenDelivery& damaged, bool blocked, bool placed) {
    const auto copy = store_.copy();
    WriteBatch damage;
    DeliveryRecord record = damaged.record;
    record.blocked = blocked;
    damage.put(Table::deliveries, keys::delivery(Region::live, damaged.ref), record.encode());
    const std::string due = keys::due(acme_, record.due, damaged.ref.sequence);
    blocked ? damage.erase(Table::due, due) : damage.put(Table::due, due, {});
    if (!placed) {
      damage.erase(Table::order, keys::order(damaged.ref, record.ordering_key, record.position));
    }
    EXPECT_TRUE(copy->write(damage, {}));
    return audit(*copy)->problem_count;
  };
  EXPECT_EQ(problems_after(first, false, true), 0U);
  EXPECT_EQ(problems_after(second, true, true), 0U);
  EXPECT_GT(problems_after(first, true, true), 0U);    // nobody would ever go
  EXPECT_GT(problems_after(second, false, true), 0U);  // it would overtake
  EXPECT_GT(problems_after(second, true, false), 0U);  // it would never have its turn
}

class LatestTest : public OrderingTest {
 protected:
  AcceptedEvent accept_version(std::string version, const std::string& key = "order 7") {
    return accept_one(ordered_event({target(acme_, Order::latest, key, std::move(version))}));
  }

  std::unique_ptr<ForgetKeys> forget() {
    return std::make_unique<ForgetKeys>(
        executor_, std::map<SourceNumber, DedupLimit>{},
        [](core::Result<ForgottenKeys> done) { ASSERT_TRUE(done); });
  }

  DestinationNumber acme_ = destination("acme");
};

TEST_F(LatestTest, a_newer_version_takes_the_place_of_what_waits) {
  const OpenDelivery old = accept_version("9").opened.at(0);
  const OpenDelivery fresh = accept_version("10").opened.at(0);
  EXPECT_FALSE(fresh.record.blocked);
  EXPECT_EQ(record(old.ref).state, DeliveryState::superseded);
  EXPECT_EQ(record(old.ref).reason, Reason::newer_version);
  EXPECT_EQ(due(acme_), Sequences{fresh.ref.sequence});
  EXPECT_FALSE(settle_now(old, DeliveryState::delivered));  // it was under way
  EXPECT_EQ(counts(acme_).in(DeliveryState::superseded), 1U);
  expect_true_books();
}

TEST_F(LatestTest, an_older_version_is_not_sent_whatever_became_of_the_newer_one) {
  const OpenDelivery fresh = accept_version("10").opened.at(0);
  ASSERT_TRUE(settle_now(fresh, DeliveryState::dead, Reason::exhausted));
  const AcceptedEvent late = accept_version("9");
  EXPECT_TRUE(late.opened.empty());
  EXPECT_EQ(late.verdict, Verdict::accepted);
  EXPECT_FALSE(late.unrouted);
  EXPECT_EQ(counts(acme_).accepted, 2U);
  EXPECT_EQ(counts(acme_).in(DeliveryState::superseded), 1U);
  EXPECT_TRUE(due(acme_).empty());
  expect_true_books();
}

TEST_F(LatestTest, what_dies_as_the_newest_version_of_its_key_is_told) {
  const auto dies = [this](const OpenDelivery& open) {
    Settled settled;
    commit(settle_into(settlement(open, DeliveryState::dead, Reason::exhausted), &settled));
    EXPECT_TRUE(settled.applied);
    return settled.newest_died;
  };
  const OpenDelivery nine = accept_version("9").opened.at(0);
  const OpenDelivery ten = accept_version("10").opened.at(0);
  EXPECT_TRUE(dies(ten));
  Opening opening;
  commit(replay_into(nine.ref.sequence, Rejoin::out_of_order, &opening));
  EXPECT_FALSE(dies(opening.opened.at(0)));  // an older one, forced
  EXPECT_FALSE(dies(accept_version("").opened.at(0)));
  EXPECT_FALSE(dies(accept_one(event("body", {acme_})).opened.at(0)));
  Settled settled;
  const OpenDelivery eleven = accept_version("11").opened.at(0);
  commit(settle_into(settlement(eleven, DeliveryState::delivered), &settled));
  EXPECT_FALSE(settled.newest_died);
}

TEST_F(LatestTest, of_equal_versions_the_later_accepted_wins) {
  const OpenDelivery first = accept_version("3").opened.at(0);
  const OpenDelivery second = accept_version("3").opened.at(0);
  EXPECT_EQ(due(acme_), Sequences{second.ref.sequence});
  Opening opening;
  commit(replay_into(first.ref.sequence, Rejoin::in_order, &opening));
  EXPECT_TRUE(opening.opened.empty());
  EXPECT_EQ(record(first.ref).state, DeliveryState::superseded);
  EXPECT_EQ(record(first.ref).generation, 2U);
  expect_true_books();
}

TEST_F(LatestTest, without_a_version_nothing_is_superseded) {
  const OpenDelivery plain = accept_version("").opened.at(0);
  const OpenDelivery versioned = accept_version("1").opened.at(0);
  const OpenDelivery other = accept_version("").opened.at(0);
  EXPECT_EQ(due(acme_),
            (Sequences{plain.ref.sequence, versioned.ref.sequence, other.ref.sequence}));
  expect_true_books();
}

TEST_F(LatestTest, keys_and_destinations_are_apart) {
  const DestinationNumber globex = destination("globex");
  accept_version("5", "a");
  EXPECT_EQ(accept_version("4", "b").opened.size(), 1U);
  EXPECT_EQ(accept_one(ordered_event({target(globex, Order::latest, "a", "4")})).opened.size(), 1U);
}

TEST_F(LatestTest, a_forced_replay_of_an_older_version_is_sent) {
  const OpenDelivery old = accept_version("1").opened.at(0);
  const OpenDelivery fresh = accept_version("2").opened.at(0);
  Opening opening;
  commit(replay_into(old.ref.sequence, Rejoin::out_of_order, &opening));
  EXPECT_EQ(sequences(news_for_delivery(opening)), Sequences{old.ref.sequence});
  EXPECT_EQ(due(acme_), (Sequences{old.ref.sequence, fresh.ref.sequence}));
  EXPECT_TRUE(record(old.ref).out_of_order);
  expect_true_books();
}

TEST_F(LatestTest, a_version_is_known_for_its_window_and_as_long_as_it_waits) {
  const OpenDelivery fresh = accept_version("10").opened.at(0);
  now_ += kVersionWindow - std::chrono::seconds(1);
  EXPECT_TRUE(accept_version("9").opened.empty());
  now_ += std::chrono::seconds(1);
  EXPECT_TRUE(accept_version("9").opened.empty());  // 10 still waits
  now_ += std::chrono::days(1);
  commit(forget());  // even then
  EXPECT_TRUE(accept_version("9").opened.empty());
  ASSERT_TRUE(settle_now(fresh, DeliveryState::delivered));
  EXPECT_EQ(accept_version("9").opened.size(), 1U);
  expect_true_books();
}

TEST_F(LatestTest, audit_finds_a_version_that_waits_and_is_not_listed_or_the_other_way) {
  const OpenDelivery waiting = accept_version("10").opened.at(0);
  const std::string row = keys::version(keys::kWaitingDay, acme_, waiting.record.ordering_key);
  const auto problems_after = [&](const WriteBatch& damage) {
    const auto copy = store_.copy();
    EXPECT_TRUE(copy->write(damage, {}));
    return audit(*copy)->problem_count;
  };
  EXPECT_EQ(problems_after({}), 0U);
  WriteBatch erased;
  erased.erase(Table::versions, row);
  EXPECT_GT(problems_after(erased), 0U);
  WriteBatch other;
  other.put(Table::versions, row, VersionRecord{"11", waiting.ref.sequence, {}}.encode());
  EXPECT_GT(problems_after(other), 0U);
}

TEST_F(LatestTest, versions_behind_their_window_are_erased) {
  const auto rows = [&] {
    std::size_t count = 0;
    EXPECT_TRUE(store_.scan(Table::versions, {}, keys::after({}), Direction::forward,
                            [&](std::string_view, std::string_view) { return ++count > 0; }));
    return count;
  };
  ASSERT_TRUE(settle_now(accept_version("10").opened.at(0), DeliveryState::delivered));
  now_ += kVersionWindow;
  commit(forget());
  EXPECT_EQ(rows(), 1U);
  now_ += std::chrono::days(1);
  commit(forget());
  EXPECT_EQ(rows(), 0U);
}

TEST(Versions, compare_as_integers_if_both_are_and_else_byte_by_byte) {
  const std::vector<std::pair<std::string, std::string>> pairs = {
      {"9", "10"},    {"-10", "-9"},
      {"-1", "0"},    {"007", "8"},
      {"a", "b"},     {"10", "9x"},
      {"", "0"},      {"99999999999999999999", "100000000000000000000"},
      {"1.5", "1.6"}, {"2026-01-01", "2026-01-02"}};
  for (const auto& [smaller, larger] : pairs) {
    EXPECT_TRUE(older_version(smaller, larger)) << smaller << " " << larger;
    EXPECT_FALSE(older_version(larger, smaller)) << smaller << " " << larger;
  }
  for (const auto& [left, right] : {std::pair("7", "007"), std::pair("-0", "0")}) {
    EXPECT_FALSE(older_version(left, right));
    EXPECT_FALSE(older_version(right, left));
  }
}

// A destination whose `order` is changed keeps what waits as it was opened.
TEST_F(LatestTest, what_waits_keeps_the_order_it_was_opened_with) {
  const OpenDelivery latest = accept_version("1").opened.at(0);
  const OpenDelivery in_turn =
      accept_one(ordered_event({target(acme_, Order::per_key, "order 7")})).opened.at(0);
  EXPECT_TRUE(in_turn.record.blocked);
  const AcceptedEvent newer = accept_version("2");
  EXPECT_EQ(sequences(newer.unblocked), Sequences{in_turn.ref.sequence});
  EXPECT_EQ(record(latest.ref).state, DeliveryState::superseded);
  expect_true_books();
}

}  // namespace
}  // namespace spillway::journal
