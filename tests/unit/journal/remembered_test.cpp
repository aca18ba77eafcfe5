#include "journal/remembered.hpp"

#include "journal/retention.hpp"
#include "tests/unit/journal/journal_fixture.hpp"

namespace spillway::journal {
namespace {

using core::DeliveryState;
using std::chrono::hours;

class RememberedTest : public JournalTest {
 protected:
  AcceptedEvent deliver(std::optional<std::string> key = std::nullopt) {
    AcceptedEvent accepted = accept_one(event("body", {acme_}, std::move(key)));
    EXPECT_TRUE(settle_now(accepted.opened[0], DeliveryState::delivered));
    return accepted;
  }
  void retire() {
    for (bool more = true; more;) {
      commit(
          std::make_unique<Retire>(executor_, Retention{}, false, [&](core::Result<Retired> done) {
            ASSERT_TRUE(done) << done.error().message;
            more = done->events > 0 && done->more;
          }));
    }
  }
  void forget_keys() {
    commit(std::make_unique<ForgetKeys>(
        executor_, std::map<SourceNumber, DedupLimit>{{1, {window_, 1 << 20}}},
        [](core::Result<ForgottenKeys> done) { ASSERT_TRUE(done) << done.error().message; }));
  }
  StoredKeys keys() { return StoredKeys::open(store_, 1, now_).value(); }
  std::size_t found(const std::string& key) {
    return keys().find(writer_->hasher().idempotency_key(1, key))->size();
  }
  static core::Time hour_of(core::Time time) { return std::chrono::floor<hours>(time); }
  static core::Time day_begin(core::Time time) {
    return std::chrono::floor<std::chrono::days>(time);
  }

  const DestinationNumber acme_ = destination("acme");
};

TEST_F(RememberedTest, the_time_of_an_id_is_that_of_its_event) {
  const AcceptedEvent accepted = deliver();
  EXPECT_EQ(time_of(accepted.id), now_);
}

TEST_F(RememberedTest, all_events_are_known_until_one_was_forgotten) {
  EXPECT_EQ(events_known_since(store_).value(), std::nullopt);
  deliver();
  EXPECT_EQ(events_known_since(store_).value(), std::nullopt);
  const core::Time first = now_;
  now_ += hours(24 * 5);
  deliver();
  now_ += hours(1);
  deliver();
  retire();
  const auto since = events_known_since(store_).value();
  ASSERT_TRUE(since);
  EXPECT_GT(*since, first);
  EXPECT_LE(*since, hour_of(now_));
}

TEST_F(RememberedTest, nothing_of_an_hour_that_retention_stands_in_is_promised) {
  deliver();
  now_ += hours(24 * 5);
  deliver();
  retire();
  EXPECT_EQ(events_known_since(store_).value(), hour_of(now_) + hours(1));
}

TEST_F(RememberedTest, a_range_of_time_is_found_by_its_slices) {
  const Sequence first = deliver().opened[0].ref.sequence;
  now_ += hours(1);
  const Sequence second = deliver().opened[0].ref.sequence;
  const core::Time then = now_;
  now_ += hours(48);
  const Sequence third = deliver().opened[0].ref.sequence;
  const SequenceRange around = sequences_around(store_, hour_of(then), then + hours(1)).value();
  EXPECT_EQ(around.begin, second);
  EXPECT_EQ(around.end, third);
  EXPECT_LE(sequences_around(store_, core::Time::min(), core::Time::max())->begin, first);
  EXPECT_GT(sequences_around(store_, core::Time::min(), core::Time::max())->end, third);
  const SequenceRange later = sequences_around(store_, now_ + hours(2), core::Time::max()).value();
  EXPECT_GE(later.begin, later.end);
}

TEST_F(RememberedTest, what_was_accepted_by_a_clock_set_back_is_in_the_range_of_its_id) {
  deliver();
  now_ -= hours(10);
  reopen();
  const AcceptedEvent back = deliver();
  const SequenceRange around =
      sequences_around(store_, hour_of(now_), hour_of(now_) + hours(1)).value();
  EXPECT_LE(around.begin, back.opened[0].ref.sequence);
  EXPECT_GT(around.end, back.opened[0].ref.sequence);
}

TEST_F(RememberedTest, keys_are_known_since_their_oldest_day_and_as_long_as_it_is_stored) {
  EXPECT_EQ(keys().since(), day_begin(now_));
  const core::Time first_day = day_begin(now_);
  deliver("old");
  now_ += hours(24 * 2);
  deliver("new");
  EXPECT_EQ(keys().since(), first_day);
  EXPECT_EQ(found("old"), 1U);
  EXPECT_EQ(found("never"), 0U);
  now_ += hours(24 * 2);
  EXPECT_EQ(found("old"), 1U) << "its window is over, but it is still there";
  forget_keys();
  EXPECT_EQ(found("old"), 0U);
  EXPECT_EQ(found("new"), 1U);
  EXPECT_EQ(keys().since(), first_day + hours(24 * 2));
}

}  // namespace
}  // namespace spillway::journal
