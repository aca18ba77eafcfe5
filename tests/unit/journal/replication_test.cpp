#include "journal/replication.hpp"

#include "journal/purge.hpp"
#include "tests/unit/journal/journal_fixture.hpp"

namespace spillway::journal {
namespace {

using core::Custody;
using core::DeliveryState;
using Copies = EndReplication::Copies;

class ReplicationTest : public JournalTest {
 protected:
  ReplicationTest() { reopen({.has_peers = true}); }

  OpenDelivery accept_replicated() {
    NewEvent fresh = event("body", {destination("acme")});
    fresh.replicate = true;
    id_ = fresh.event->id;
    return accept_one(std::move(fresh)).opened.at(0);
  }

  std::vector<OpenDelivery> end(const OpenDelivery& delivery, Copies copies) {
    std::vector<OpenDelivery> ended;
    commit(std::make_unique<EndReplication>(
        executor_, std::vector{GenerationRef{delivery.ref, delivery.record.generation}}, copies,
        [&](core::Result<EndedReplication> done) {
          ended = done->opened;
          all_stand_ = done->all_stand;
        }));
    return ended;
  }

  std::vector<OpenDelivery> adopted() {
    std::vector<OpenDelivery> elsewhere;
    commit(std::make_unique<NoteAdopted>(
        executor_, std::vector{Adopted{id_, "acme"}},
        [&](core::Result<std::vector<OpenDelivery>> done) { elsewhere = done.value(); }));
    return elsewhere;
  }

  std::size_t apply(DeliveryState state) {
    Fate fate;
    fate.event = id_;
    fate.destination = destination("acme");
    fate.generation = 1;
    fate.state = state;
    fate.due = now_ + std::chrono::minutes(2);
    std::size_t applied = 0;
    commit(std::make_unique<ApplyFates>(executor_, std::vector{fate},
                                        LedgerRecord{"spillway-ledger", 3, 1},
                                        [&](core::Result<std::size_t> done) { applied = *done; }));
    return applied;
  }

  DeliveryRecord record_of(const OpenDelivery& delivery) {
    return Reader(store_).delivery(delivery.ref)->value();
  }
  std::vector<Notice> notices() { return Reader(store_).notices(0, 10).value(); }

  core::EventId id_;
  bool all_stand_ = false;
};

TEST_F(ReplicationTest, nobody_attempts_it_before_its_copy_stands) {
  const OpenDelivery open = accept_replicated();
  EXPECT_EQ(open.record.custody, Custody::replicating);
  EXPECT_FALSE(Reader(store_).earliest_due(open.ref.destination)->has_value());
  EXPECT_EQ(Reader(store_).handed(Custody::replicating, std::nullopt, 10)->size(), 1U);
  EXPECT_FALSE(settle_now(open, DeliveryState::delivered));
  expect_true_books();

  const auto ended = end(open, Copies::stand);
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_TRUE(ended[0].record.replicated);
  EXPECT_TRUE(ended[0].record.is_due());
  EXPECT_TRUE(Reader(store_).earliest_due(open.ref.destination)->has_value());
  EXPECT_TRUE(end(open, Copies::stand).empty());
  EXPECT_TRUE(notices().empty());
  expect_true_books();
}

TEST_F(ReplicationTest, the_copy_is_ended_with_the_delivery) {
  const OpenDelivery open = accept_replicated();
  end(open, Copies::stand);
  ASSERT_TRUE(settle_now(open, DeliveryState::delivered));
  ASSERT_EQ(notices().size(), 1U);
  const NoticeRecord notice = notices()[0].record;
  EXPECT_EQ(notice.kind, NoticeRecord::Kind::copy_over);
  EXPECT_EQ(notice.event, id_);
  EXPECT_EQ(notice.destination, "acme");
  expect_true_books();
}

TEST_F(ReplicationTest, and_when_it_is_not_waited_for) {
  const OpenDelivery open = accept_replicated();
  const auto ended = end(open, Copies::given_up);
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_FALSE(ended[0].record.replicated);
  // Whoever wrote the copy meanwhile is told that it does not count.
  end(open, Copies::stand);
  EXPECT_FALSE(all_stand_);
  EXPECT_EQ(notices().size(), 1U);
  ASSERT_TRUE(settle_now(open, DeliveryState::delivered));
  EXPECT_EQ(notices().size(), 1U);
}

TEST_F(ReplicationTest, a_retry_here_leaves_it) {
  const OpenDelivery open = accept_replicated();
  end(open, Copies::stand);
  ASSERT_TRUE(settle_now(open, DeliveryState::pending));
  EXPECT_TRUE(notices().empty());
  EXPECT_TRUE(record_of(open).replicated);
}

TEST_F(ReplicationTest, a_hand_over_ends_it_when_the_log_has_the_delivery) {
  const OpenDelivery open = accept_replicated();
  end(open, Copies::stand);
  commit(std::make_unique<HandOver>(executor_, GenerationRef{open.ref, 1},
                                    [](const core::Result<bool>& moved) { EXPECT_TRUE(*moved); }));
  EXPECT_TRUE(notices().empty());
  EXPECT_TRUE(record_of(open).has_copy());
  commit(std::make_unique<ConfirmHandOver>(
      executor_, GenerationRef{open.ref, 1},
      [](const core::Result<bool>& moved) { EXPECT_TRUE(*moved); }));
  EXPECT_EQ(notices().size(), 1U);
  EXPECT_FALSE(record_of(open).has_copy());
}

TEST_F(ReplicationTest, what_was_taken_over_is_in_the_logs_custody) {
  const OpenDelivery open = accept_replicated();
  end(open, Copies::stand);
  const auto elsewhere = adopted();
  ASSERT_EQ(elsewhere.size(), 1U);
  EXPECT_TRUE(elsewhere[0].record.is_handed());
  EXPECT_EQ(record_of(open).custody, Custody::kafka);
  EXPECT_FALSE(settle_now(open, DeliveryState::delivered));
  EXPECT_EQ(apply(DeliveryState::delivered), 1U);
  EXPECT_EQ(record_of(open).state, DeliveryState::delivered);
  // Lanes are told once more, and of what has ended too.
  EXPECT_EQ(adopted().size(), 1U);
  expect_true_books();
}

TEST_F(ReplicationTest, that_it_was_may_be_heard_by_its_fate_first) {
  const OpenDelivery open = accept_replicated();
  end(open, Copies::stand);
  EXPECT_EQ(apply(DeliveryState::pending), 1U);
  EXPECT_EQ(record_of(open).custody, Custody::kafka);
  EXPECT_EQ(adopted().size(), 1U);
  expect_true_books();
}

TEST_F(ReplicationTest, what_this_node_attempts_without_a_copy_is_not_taken_over) {
  const OpenDelivery open = accept_replicated();
  end(open, Copies::given_up);
  EXPECT_TRUE(adopted().empty());
  EXPECT_EQ(apply(DeliveryState::delivered), 0U);
  EXPECT_EQ(record_of(open).custody, Custody::local);
}

TEST_F(ReplicationTest, copies_can_be_recalled) {
  const OpenDelivery waits = accept_replicated();
  const OpenDelivery stands = accept_replicated();
  end(stands, Copies::stand);
  std::size_t ended = 0;
  commit(std::make_unique<EndCopies>(executor_, std::vector{waits.ref, stands.ref},
                                     [&](core::Result<std::size_t> all) { ended = all.value(); }));
  EXPECT_EQ(ended, 2U);
  EXPECT_EQ(notices().size(), 2U);
  EXPECT_TRUE(record_of(waits).is_due());
  EXPECT_FALSE(record_of(stands).replicated);
  expect_true_books();
}

TEST_F(ReplicationTest, a_next_life_has_no_copy) {
  const OpenDelivery open = accept_replicated();
  end(open, Copies::stand);
  ASSERT_TRUE(settle_now(open, DeliveryState::dead));
  commit(std::make_unique<Replay>(
      executor_, open.ref.sequence, std::nullopt, std::vector<Target>{}, Rejoin::in_order,
      [](const core::Result<Opening>& opening) { EXPECT_EQ(opening->opened.size(), 1U); }));
  EXPECT_EQ(record_of(open).generation, 2U);
  EXPECT_FALSE(record_of(open).has_copy());
  EXPECT_EQ(notices().size(), 1U);
}

TEST_F(ReplicationTest, a_duplicate_tells_of_what_still_waits) {
  const DestinationNumber acme = destination("acme");
  NewEvent first = event("body", {acme}, "k");
  first.replicate = true;
  const AcceptedEvent accepted = accept_one(std::move(first));
  NewEvent again = event("body", {acme}, "k");
  again.replicate = true;
  const AcceptedEvent duplicate = accept_one(std::move(again));
  EXPECT_EQ(duplicate.verdict, Verdict::duplicate);
  ASSERT_EQ(duplicate.unreplicated.size(), 1U);
  end(accepted.opened.at(0), Copies::stand);
  NewEvent third = event("body", {acme}, "k");
  third.replicate = true;
  EXPECT_TRUE(accept_one(std::move(third)).unreplicated.empty());
}

}  // namespace
}  // namespace spillway::journal
