#include "journal/custody.hpp"

#include "journal/purge.hpp"
#include "tests/unit/journal/journal_fixture.hpp"

namespace spillway::journal {
namespace {

using core::Custody;
using core::DeliveryState;
using core::Reason;

class CustodyTest : public JournalTest {
 protected:
  CustodyTest() { reopen({.has_peers = true}); }

  OpenDelivery accept_for(DestinationNumber number) {
    NewEvent fresh = event("body", {number});
    id_ = fresh.event->id;
    return accept_one(std::move(fresh)).opened.at(0);
  }

  static GenerationRef generation_of(const OpenDelivery& delivery) {
    return {delivery.ref, delivery.record.generation};
  }

  template <class Command>
  bool move(GenerationRef delivery) {
    bool moved = false;
    commit(std::make_unique<Command>(executor_, delivery,
                                     [&](core::Result<bool> done) { moved = done.value(); }));
    return moved;
  }
  bool hand_over(const OpenDelivery& delivery) { return move<HandOver>(generation_of(delivery)); }
  bool confirm(const OpenDelivery& delivery) {
    return move<ConfirmHandOver>(generation_of(delivery));
  }

  std::vector<OpenDelivery> take_back(const OpenDelivery& delivery) {
    std::vector<OpenDelivery> taken;
    commit(std::make_unique<TakeBack>(
        executor_, std::vector{generation_of(delivery)},
        [&](core::Result<std::vector<OpenDelivery>> back) { taken = *std::move(back); }));
    return taken;
  }

  Fate fate(const OpenDelivery& delivery, DeliveryState state, Reason reason = Reason::none) {
    Fate made;
    made.event = id_;
    made.destination = delivery.ref.destination;
    made.generation = delivery.record.generation;
    made.state = state;
    made.reason = reason;
    made.due = now_ + std::chrono::minutes(10);
    made.attempts = 5;
    made.attempt.number = 5;
    made.attempt.status = 503;
    return made;
  }

  std::size_t apply(std::vector<Fate> fates) {
    std::size_t applied = 0;
    commit(std::make_unique<ApplyFates>(
        executor_, std::move(fates), LedgerRecord{"spillway-ledger", 3, ++next_offset_},
        [&](core::Result<std::size_t> count) { applied = count.value(); }));
    return applied;
  }

  DeliveryRecord record_of(const OpenDelivery& delivery) {
    return Reader(store_).delivery(delivery.ref)->value();
  }

  std::vector<Notice> notices() { return Reader(store_).notices(0, 10).value(); }

  std::size_t listed(Custody custody) {
    return Reader(store_).handed(custody, std::nullopt, 10)->size();
  }

  core::EventId id_;
  std::uint64_t next_offset_ = 0;
};

TEST_F(CustodyTest, a_hand_over_takes_it_out_of_the_lanes_and_back_by_nobody) {
  const auto acme = destination("acme");
  const OpenDelivery open = accept_for(acme);
  ASSERT_TRUE(hand_over(open));
  EXPECT_EQ(listed(Custody::handing), 1U);
  EXPECT_EQ(Reader(store_).earliest_due(acme)->has_value(), false);
  EXPECT_FALSE(hand_over(open));
  EXPECT_FALSE(settle_now(open, DeliveryState::delivered));
  expect_true_books();
  ASSERT_TRUE(confirm(open));
  EXPECT_EQ(listed(Custody::handing), 0U);
  EXPECT_EQ(listed(Custody::kafka), 1U);
  EXPECT_FALSE(confirm(open));
  EXPECT_FALSE(settle_now(open, DeliveryState::delivered));
  expect_true_books();
}

TEST_F(CustodyTest, what_was_handed_over_still_counts_as_waiting) {
  const auto other = destination("other");
  const auto acme = destination("acme");
  const OpenDelivery open = accept_for(acme);
  ASSERT_TRUE(hand_over(open));
  ASSERT_TRUE(confirm(open));
  now_ += std::chrono::hours(1);
  accept_for(acme);
  EXPECT_EQ(Reader(store_).oldest_pending(acme, 10)->value(), open.record.accepted);
  EXPECT_FALSE(Reader(store_).oldest_pending(other, 10)->has_value());
}

TEST_F(CustodyTest, what_has_moved_on_is_not_handed_over) {
  const OpenDelivery open = accept_for(destination("acme"));
  EXPECT_FALSE(confirm(open));
  ASSERT_TRUE(settle_now(open, DeliveryState::delivered));
  EXPECT_FALSE(hand_over(open));
  expect_true_books();
}

TEST_F(CustodyTest, a_hand_over_is_durable_when_it_is_answered) {
  const OpenDelivery open = accept_for(destination("acme"));
  ASSERT_TRUE(hand_over(open));
  power_cut();
  EXPECT_EQ(record_of(open).custody, Custody::handing);
  expect_true_books();
}

TEST_F(CustodyTest, what_is_taken_back_is_of_the_next_generation_and_its_copies_are_void) {
  const OpenDelivery open = accept_for(destination("acme"));
  ASSERT_TRUE(hand_over(open));
  const auto taken = take_back(open);
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].record.generation, open.record.generation + 1);
  EXPECT_EQ(taken[0].record.opened, open.record.opened);
  EXPECT_TRUE(taken[0].record.is_due());
  ASSERT_EQ(notices().size(), 1U);
  const NoticeRecord expected{.kind = NoticeRecord::Kind::void_copies,
                              .destination = "acme",
                              .event = id_,
                              .generation = open.record.generation};
  EXPECT_EQ(notices()[0].record, expected);
  expect_true_books();

  // What comes of the copy after all is no news any more.
  EXPECT_EQ(apply({fate(open, DeliveryState::delivered)}), 0U);
  EXPECT_FALSE(confirm(open));
  EXPECT_EQ(record_of(open).state, DeliveryState::pending);
  EXPECT_TRUE(take_back(open).empty());
  ASSERT_TRUE(hand_over(taken[0]));
  EXPECT_EQ(apply({fate(taken[0], DeliveryState::delivered)}), 1U);
  expect_true_books();
}

TEST_F(CustodyTest, the_ledger_settles_what_kafka_has) {
  const auto acme = destination("acme");
  const OpenDelivery open = accept_for(acme);
  ASSERT_TRUE(hand_over(open));
  // An attempt of a worker, told before the hand-over was confirmed.
  EXPECT_EQ(apply({fate(open, DeliveryState::pending)}), 1U);
  const DeliveryRecord waiting = record_of(open);
  EXPECT_EQ(waiting.custody, Custody::kafka);
  EXPECT_EQ(waiting.attempts, 5U);
  EXPECT_EQ(waiting.last_status, 503);
  EXPECT_EQ(waiting.due, now_ + std::chrono::minutes(10));
  EXPECT_EQ(Reader(store_).attempts(open.ref)->size(), 1U);
  expect_true_books();
  EXPECT_EQ(apply({fate(open, DeliveryState::dead, Reason::exhausted)}), 1U);
  EXPECT_EQ(counts(acme).in(DeliveryState::dead), 1U);
  EXPECT_EQ(listed(Custody::kafka), 0U);
  EXPECT_EQ(apply({fate(open, DeliveryState::delivered)}), 0U);
  EXPECT_EQ(Reader(store_).ledger()->value(), (LedgerRecord{"spillway-ledger", 3, 3}));
  expect_true_books();
}

TEST_F(CustodyTest, fates_of_other_events_and_generations_change_nothing) {
  const OpenDelivery open = accept_for(destination("acme"));
  Fate unknown = fate(open, DeliveryState::delivered);
  unknown.event = core::EventId::make(now_, 1, random_);
  Fate local = fate(open, DeliveryState::delivered);
  EXPECT_EQ(apply({unknown, local}), 0U);
  ASSERT_TRUE(hand_over(open));
  Fate later = fate(open, DeliveryState::delivered);
  ++later.generation;
  EXPECT_EQ(apply({later}), 0U);
  EXPECT_EQ(record_of(open).custody, Custody::handing);
  expect_true_books();
}

TEST_F(CustodyTest, what_is_erased_while_kafka_has_it_is_void_there) {
  const OpenDelivery open = accept_for(destination("acme"));
  ASSERT_TRUE(hand_over(open));
  ASSERT_TRUE(confirm(open));
  class Erase final : public SyncedCommand<std::size_t> {
   public:
    Erase(core::Executor& reply_to, Sequence sequence)
        : SyncedCommand(reply_to, [](const core::Result<std::size_t>&) {}), sequence_(sequence) {}
    [[nodiscard]] bool alone() const override { return true; }

   private:
    core::Result<std::size_t> decide(Stage& stage) override {
      Opening news;
      return erase_event(stage, sequence_, news);
    }
    Sequence sequence_;
  };
  commit(std::make_unique<Erase>(executor_, open.ref.sequence));
  ASSERT_EQ(notices().size(), 1U);
  EXPECT_EQ(notices()[0].record.generation, open.record.generation);
  EXPECT_EQ(listed(Custody::kafka), 0U);
  expect_true_books();
}

TEST_F(CustodyTest, pauses_decided_here_are_told_in_order_until_they_are_forgotten) {
  const auto acme = destination("acme");
  const auto set = [&](std::optional<std::string> reason, SetPaused::Decided decided) {
    commit(std::make_unique<SetPaused>(
        executor_, acme, std::move(reason), [](const core::Result<bool>&) {}, decided));
  };
  set("broken", SetPaused::Decided::here);
  set(std::nullopt, SetPaused::Decided::here);
  set("told", SetPaused::Decided::elsewhere);
  const auto told = notices();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].record.kind, NoticeRecord::Kind::paused);
  EXPECT_EQ(told[0].record.reason, "broken");
  EXPECT_EQ(told[1].record.kind, NoticeRecord::Kind::resumed);
  commit(std::make_unique<ForgetNotices>(executor_, std::vector{told[0].number},
                                         [](const core::Result<std::size_t>&) {}));
  ASSERT_EQ(notices().size(), 1U);
  EXPECT_EQ(notices()[0].number, told[1].number);
}

TEST_F(CustodyTest, a_node_of_its_own_tells_nobody) {
  reopen();
  const auto acme = destination("acme");
  commit(std::make_unique<SetPaused>(executor_, acme, "broken", [](const core::Result<bool>&) {}));
  EXPECT_TRUE(notices().empty());
}

}  // namespace
}  // namespace spillway::journal
