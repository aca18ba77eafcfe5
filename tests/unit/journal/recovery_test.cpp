#include <algorithm>

#include "tests/unit/journal/journal_fixture.hpp"

namespace spillway::journal {
namespace {

using core::DeliveryState;

TEST_F(JournalTest, refuses_a_newer_format_and_says_what_to_do) {
  WriteBatch batch;
  batch.put(Table::meta, keys::kFormat, FormatRecord{FormatRecord::kVersion + 1}.encode());
  ASSERT_TRUE(store_.write(batch, {}));
  const auto opened = Writer::open(store_, {}, random_);
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("newer spillway"), std::string::npos);
}

TEST_F(JournalTest, refuses_to_start_when_a_later_record_claims_synced_work_that_is_gone) {
  const DestinationNumber acme = destination("acme");
  accept_one(event("body", {acme}));
  WriteBatch batch;
  batch.put(Table::ids, "x", "y");
  ASSERT_TRUE(store_.write(batch, {writer_->committed() + 2, writer_->committed() + 1}));
  ASSERT_TRUE(store_.sync());
  const auto refused = Writer::open(store_, {}, random_);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("--accept-loss"), std::string::npos);
  EXPECT_TRUE(Writer::open(store_, {.accept_loss = true}, random_));
}

TEST_F(JournalTest, accepted_loss_is_not_held_against_later_starts) {
  const DestinationNumber acme = destination("acme");
  accept_one(event("body", {acme}));
  const std::uint64_t lost = writer_->committed() + 5;
  WriteBatch batch;
  batch.put(Table::ids, "x", "y");
  ASSERT_TRUE(store_.write(batch, {lost + 1, lost}));
  ASSERT_TRUE(store_.sync());
  ASSERT_FALSE(Writer::open(store_, {}, random_));
  reopen({.accept_loss = true});
  EXPECT_EQ(writer_->committed(), lost);
  power_cut();
  EXPECT_EQ(writer_->committed(), lost);
  accept_one(event("another", {acme}));
  EXPECT_GT(writer_->committed(), lost);
}

TEST_F(JournalTest, names_keep_their_numbers_across_restarts) {
  const DestinationNumber acme = destination("acme");
  const DestinationNumber other = destination("other");
  EXPECT_NE(acme, other);
  power_cut();
  EXPECT_EQ(destination("other"), other);
  EXPECT_EQ(destination("acme"), acme);
  EXPECT_NE(destination("third"), acme);
}

TEST_F(JournalTest, sequences_never_repeat_after_a_crash) {
  const DestinationNumber acme = destination("acme");
  const Sequence first = accept_one(event("one", {acme})).opened[0].ref.sequence;
  power_cut();
  EXPECT_GT(accept_one(event("two", {acme})).opened[0].ref.sequence, first);
}

TEST_F(JournalTest, audit_finds_what_does_not_add_up) {
  const DestinationNumber acme = destination("acme");
  const AcceptedEvent accepted = accept_one(event("body", {acme}));
  const DeliveryRef ref = accepted.opened[0].ref;
  const auto problems_after = [&](const WriteBatch& damage) {
    const auto damaged = store_.copy();
    EXPECT_TRUE(damaged->write(damage, {}));
    return audit(*damaged)->problem_count;
  };
  EXPECT_EQ(problems_after({}), 0U);
  WriteBatch no_due;
  no_due.erase(Table::due, keys::due(acme, accepted.opened[0].record.due, ref.sequence));
  EXPECT_GT(problems_after(no_due), 0U);
  WriteBatch no_body;
  no_body.erase(Table::bodies, keys::event(Region::live, ref.sequence));
  EXPECT_GT(problems_after(no_body), 0U);
  WriteBatch no_head;
  no_head.erase(Table::events, keys::event(Region::live, ref.sequence));
  EXPECT_GT(problems_after(no_head), 0U);
  WriteBatch other_state;
  DeliveryRecord record = accepted.opened[0].record;
  record.state = DeliveryState::delivered;
  other_state.put(Table::deliveries, keys::delivery(Region::live, ref), record.encode());
  EXPECT_GT(problems_after(other_state), 0U);
  WriteBatch stray_fate;
  stray_fate.put(Table::fates, keys::fate(record.slice, DeliveryState::dead, ref), {});
  EXPECT_GT(problems_after(stray_fate), 0U);
}

TEST_F(JournalTest, damaged_counters_end_the_write_that_meets_them_with_an_error) {
  const DestinationNumber acme = destination("acme");
  const AcceptedEvent accepted = accept_one(event("body", {acme}));
  WriteBatch damage;
  damage.put(Table::counters, keys::counters(accepted.opened[0].record.slice, acme),
             Counts{}.encode());
  ASSERT_TRUE(store_.write(damage, {}));
  reopen();
  std::vector<std::unique_ptr<Command>> batch;
  batch.push_back(
      std::make_unique<Settle>(executor_, settlement(accepted.opened[0], DeliveryState::delivered),
                               [](const auto&) { FAIL() << "nothing may be answered any more"; }));
  const auto written = commit_->write(std::move(batch), now_);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, core::ErrorCode::corrupt);
  EXPECT_NE(written.error().message.find("destination 1, slice"), std::string::npos);
}

TEST_F(JournalTest, fates_are_listed_newest_slice_first_and_continue_at_the_cursor) {
  const DestinationNumber acme = destination("acme");
  std::vector<Sequence> died;
  for (int i = 0; i < 5; ++i) {
    const AcceptedEvent accepted = accept_one(event("body", {acme}));
    ASSERT_TRUE(settle_now(accepted.opened[0], DeliveryState::dead, core::Reason::exhausted));
    died.push_back(accepted.opened[0].ref.sequence);
    now_ += std::chrono::minutes(30);
  }
  std::ranges::reverse(died);
  for (const bool one_destination : {false, true}) {
    const auto only = one_destination ? std::optional(acme) : std::nullopt;
    std::vector<Sequence> seen;
    std::string cursor;
    for (std::size_t page = 0; page < died.size(); ++page) {
      ASSERT_TRUE(Reader(store_).fates(DeliveryState::dead, only, cursor,
                                       [&](const std::string& at, const keys::FateKey& key) {
                                         seen.push_back(key.ref.sequence);
                                         cursor = at;
                                         return false;
                                       }));
    }
    EXPECT_EQ(seen, died);
  }
}

}  // namespace
}  // namespace spillway::journal
