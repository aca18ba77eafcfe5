#include "journal/purge.hpp"

#include "tests/unit/journal/journal_fixture.hpp"

namespace spillway::journal {
namespace {

using core::DeliveryState;
using core::Reason;

class Erase final : public SyncedCommand<std::size_t> {
 public:
  Erase(core::Executor& reply_to, Sequence sequence, Callback callback)
      : SyncedCommand(reply_to, std::move(callback)), sequence_(sequence) {}
  [[nodiscard]] bool alone() const override { return true; }

 private:
  core::Result<std::size_t> decide(Stage& stage) override {
    return erase_event(stage, sequence_, news_);
  }

  Sequence sequence_;
  Opening news_;
};

class PurgeTest : public JournalTest {
 protected:
  std::unique_ptr<Erase> erase(Sequence sequence, std::size_t* ended) {
    return std::make_unique<Erase>(executor_, sequence, [ended](core::Result<std::size_t> result) {
      ASSERT_TRUE(result) << result.error().message;
      *ended = *result;
    });
  }
  std::size_t erase_now(Sequence sequence) {
    std::size_t ended = 0;
    commit(erase(sequence, &ended));
    return ended;
  }

  void expect_erased(Sequence sequence) {
    const Reader reader(store_);
    EXPECT_EQ(*reader.body(sequence), std::nullopt);
    const auto head = *reader.head(sequence);
    ASSERT_TRUE(head);
    EXPECT_TRUE(head->headers.empty());
    const auto deliveries = *reader.deliveries(sequence);
    EXPECT_FALSE(deliveries.empty());
    for (const DueDelivery& delivery : deliveries) {
      EXPECT_EQ(delivery.record.state, DeliveryState::purged);
      EXPECT_EQ(delivery.record.reason, Reason::erased);
      for (const core::Attempt& attempt : *reader.attempts(delivery.ref)) {
        EXPECT_EQ(attempt.excerpt, "");
      }
    }
  }
};

TEST_F(PurgeTest, ends_every_delivery_and_leaves_no_text_of_event_or_answer) {
  const auto a = destination("a");
  const auto b = destination("b");
  const auto c = destination("c");
  const auto event_of_three = accept_one(event("secret", {a, b, c}));
  ASSERT_TRUE(settle_now(event_of_three.opened[0], DeliveryState::delivered));
  ASSERT_TRUE(settle_now(event_of_three.opened[1], DeliveryState::dead, Reason::exhausted));
  const Sequence sequence = event_of_three.opened[0].ref.sequence;
  EXPECT_EQ(erase_now(sequence), 3U);
  expect_erased(sequence);
  EXPECT_EQ(Reader(store_).attempts(event_of_three.opened[0].ref)->size(), 1U);
  EXPECT_EQ(counts(a).in(DeliveryState::purged), 1U);
  EXPECT_EQ(counts(c).in(DeliveryState::pending), 0U);
  expect_true_books();
}

TEST_F(PurgeTest, changes_nothing_the_second_time) {
  const auto a = destination("a");
  const auto accepted = accept_one(event("secret", {a}));
  EXPECT_EQ(erase_now(accepted.opened[0].ref.sequence), 1U);
  EXPECT_EQ(erase_now(accepted.opened[0].ref.sequence), 0U);
  EXPECT_EQ(erase_now(4711), 0U);
  expect_true_books();
}

TEST_F(PurgeTest, an_attempt_under_way_writes_nothing_back) {
  const auto a = destination("a");
  const auto accepted = accept_one(event("secret", {a}));
  // In one batch of the committer's queue, in either order.
  bool applied = true;
  std::size_t ended = 0;
  commit(erase(accepted.opened[0].ref.sequence, &ended),
         settle(settlement(accepted.opened[0], DeliveryState::delivered), &applied));
  EXPECT_FALSE(applied);
  expect_erased(accepted.opened[0].ref.sequence);

  const auto other = accept_one(event("secret", {a}));
  commit(settle(settlement(other.opened[0], DeliveryState::delivered), &applied),
         erase(other.opened[0].ref.sequence, &ended));
  EXPECT_TRUE(applied);
  expect_erased(other.opened[0].ref.sequence);
  expect_true_books();
}

TEST_F(PurgeTest, a_repeat_of_what_was_erased_is_a_duplicate_and_opens_nothing) {
  const auto a = destination("a");
  const auto accepted = accept_one(event("secret", {a}, "key"));
  erase_now(accepted.opened[0].ref.sequence);
  const auto repeated = accept_one(event("secret", {a}, "key"));
  EXPECT_EQ(repeated.verdict, Verdict::duplicate);
  EXPECT_EQ(repeated.id, accepted.id);
  EXPECT_TRUE(repeated.opened.empty());
}

TEST_F(PurgeTest, is_whole_or_not_at_all_after_a_power_cut) {
  const auto a = destination("a");
  const auto accepted = accept_one(event("secret", {a}));
  const Sequence sequence = accepted.opened[0].ref.sequence;
  std::size_t ended = 0;
  write(erase(sequence, &ended));
  EXPECT_EQ(ended, 0U) << "answered before it was synced";
  power_cut();
  EXPECT_EQ(*Reader(store_).body(sequence), "secret");
  expect_true_books();
  erase_now(sequence);
  power_cut();
  expect_erased(sequence);
  expect_true_books();
}

TEST_F(PurgeTest, what_is_erased_is_not_replayed) {
  const auto a = destination("a");
  const auto accepted = accept_one(event("secret", {a}));
  ASSERT_TRUE(settle_now(accepted.opened[0], DeliveryState::delivered));
  const Sequence sequence = accepted.opened[0].ref.sequence;
  erase_now(sequence);
  std::vector<OpenDelivery> opened;
  commit(std::make_unique<Replay>(
      executor_, sequence, std::nullopt, std::vector<Target>{}, Rejoin::in_order,
      [&](core::Result<Opening> answer) { opened = std::move(answer->opened); }));
  EXPECT_TRUE(opened.empty());
}

}  // namespace
}  // namespace spillway::journal
