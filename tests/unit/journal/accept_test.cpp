#include "journal/accept.hpp"

#include "tests/unit/journal/journal_fixture.hpp"

namespace spillway::journal {
namespace {

using core::DeliveryState;
using core::Reason;

TEST_F(JournalTest, accepts_only_after_sync) {
  const DestinationNumber acme = destination("acme");
  std::vector<NewEvent> events;
  events.push_back(event("body", {acme}));
  std::vector<AcceptedEvent> accepted;
  write(accept(std::move(events), &accepted));
  EXPECT_TRUE(accepted.empty());
  ASSERT_TRUE(commit_->sync());
  EXPECT_EQ(accepted.size(), 1U);
}

TEST_F(JournalTest, answers_nobody_when_the_sync_fails) {
  const DestinationNumber acme = destination("acme");
  std::vector<NewEvent> events;
  events.push_back(event("body", {acme}));
  std::vector<AcceptedEvent> accepted;
  write(accept(std::move(events), &accepted));
  store_.fail_next_sync({core::ErrorCode::io, core::Fault::us, core::Retry::never, "EIO"});
  EXPECT_FALSE(commit_->sync());
  EXPECT_TRUE(accepted.empty());
}

TEST_F(JournalTest, keeps_event_deliveries_and_books_through_a_power_cut) {
  const DestinationNumber acme = destination("acme");
  const DestinationNumber other = destination("other");
  const NewEvent fresh = event("the body", {acme, other});
  const core::EventId id = fresh.event->id;
  const AcceptedEvent accepted = accept_one(fresh);
  EXPECT_EQ(accepted.verdict, Verdict::accepted);
  ASSERT_EQ(accepted.opened.size(), 2U);
  power_cut();
  const Reader reader(store_);
  const auto sequence = reader.sequence_of(id);
  ASSERT_TRUE(sequence && *sequence);
  const auto stored = reader.event(**sequence, {{1, "waba"}});
  ASSERT_TRUE(stored && *stored);
  EXPECT_EQ((*stored)->body, "the body");
  EXPECT_EQ((*stored)->source, "waba");
  const auto due = reader.due(acme, core::Time{}, now_, 10, [](DeliveryRef) { return false; });
  ASSERT_TRUE(due);
  EXPECT_EQ(due->deliveries.size(), 1U);
  EXPECT_EQ(counts(acme).in(DeliveryState::pending), 1U);
  EXPECT_EQ(counts(acme).accepted, 1U);
  expect_true_books();
}

TEST_F(JournalTest, an_unsynced_accept_may_vanish_but_only_whole) {
  const DestinationNumber acme = destination("acme");
  std::vector<NewEvent> events;
  events.push_back(event("one", {acme}, "k1"));
  events.push_back(event("two", {acme}, "k2"));
  std::vector<AcceptedEvent> accepted;
  write(accept(std::move(events), &accepted));
  power_cut();
  EXPECT_EQ(counts(acme).accepted, 0U);
  expect_true_books();
  // The keys were not burnt.
  EXPECT_EQ(accept_one(event("one", {acme}, "k1")).verdict, Verdict::accepted);
}

TEST_F(JournalTest, a_second_request_with_the_key_is_a_duplicate_of_the_first) {
  const DestinationNumber acme = destination("acme");
  const AcceptedEvent first = accept_one(event("body", {acme}, "key"));
  const AcceptedEvent second = accept_one(event("body", {acme}, "key"));
  EXPECT_EQ(second.verdict, Verdict::duplicate);
  EXPECT_EQ(second.id, first.id);
  EXPECT_TRUE(second.opened.empty());
  EXPECT_EQ(counts(acme).accepted, 1U);
}

TEST_F(JournalTest, equal_requests_in_one_batch_become_one_event) {
  const DestinationNumber acme = destination("acme");
  std::vector<NewEvent> left;
  left.push_back(event("body", {acme}, "key"));
  std::vector<NewEvent> right;
  right.push_back(event("body", {acme}, "key"));
  std::vector<AcceptedEvent> first;
  std::vector<AcceptedEvent> second;
  write(accept(std::move(left), &first), accept(std::move(right), &second));
  EXPECT_TRUE(first.empty() && second.empty());
  ASSERT_TRUE(commit_->sync());
  ASSERT_EQ(first.size(), 1U);
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(first[0].verdict, Verdict::accepted);
  EXPECT_EQ(second[0].verdict, Verdict::duplicate);
  EXPECT_EQ(second[0].id, first[0].id);
  EXPECT_EQ(counts(acme).accepted, 1U);
}

TEST_F(JournalTest, a_look_up_made_before_the_first_commit_does_not_hide_it) {
  const DestinationNumber acme = destination("acme");
  const NewEvent early = event("body", {acme}, "key");  // looked up: nothing there yet
  accept_one(event("body", {acme}, "key"));
  EXPECT_EQ(accept_one(early).verdict, Verdict::duplicate);
}

TEST_F(JournalTest, the_key_is_free_again_after_its_window) {
  const DestinationNumber acme = destination("acme");
  accept_one(event("body", {acme}, "key"));
  now_ += window_ - std::chrono::seconds(1);
  EXPECT_EQ(accept_one(event("body", {acme}, "key")).verdict, Verdict::duplicate);
  now_ += std::chrono::seconds(2);
  EXPECT_EQ(accept_one(event("body", {acme}, "key")).verdict, Verdict::accepted);
}

TEST_F(JournalTest, another_body_under_the_key_follows_the_policy) {
  const DestinationNumber acme = destination("acme");
  const AcceptedEvent first = accept_one(event("one", {acme}, "key"));
  NewEvent refused = event("two", {acme}, "key");
  refused.on_conflict = KeyConflict::refuse;
  EXPECT_EQ(accept_one(refused).verdict, Verdict::conflict);
  NewEvent ignored = event("two", {acme}, "key");
  ignored.on_conflict = KeyConflict::duplicate;
  const AcceptedEvent duplicate = accept_one(ignored);
  EXPECT_EQ(duplicate.verdict, Verdict::duplicate);
  EXPECT_EQ(duplicate.id, first.id);
  const AcceptedEvent second = accept_one(event("two", {acme}, "key"));
  EXPECT_EQ(second.verdict, Verdict::accepted);
  EXPECT_TRUE(second.key_conflict);
  // Both bodies are known now.
  EXPECT_EQ(accept_one(event("one", {acme}, "key")).id, first.id);
  EXPECT_EQ(accept_one(event("two", {acme}, "key")).id, second.id);
  EXPECT_EQ(counts(acme).accepted, 2U);
}

TEST_F(JournalTest, an_event_without_route_is_one_dead_delivery_to_nobody) {
  const AcceptedEvent accepted = accept_one(event("body", {}));
  EXPECT_EQ(accepted.verdict, Verdict::accepted);
  EXPECT_EQ(counts(kNoDestination).in(DeliveryState::dead), 1U);
  expect_true_books();
}

TEST_F(JournalTest, a_duplicate_of_a_failed_event_opens_it_again) {
  const DestinationNumber acme = destination("acme");
  const AcceptedEvent first = accept_one(event("body", {acme}, "key"));
  ASSERT_TRUE(settle_now(first.opened[0], DeliveryState::dead, Reason::exhausted));
  const AcceptedEvent again = accept_one(event("body", {acme}, "key"));
  EXPECT_EQ(again.verdict, Verdict::reopened);
  EXPECT_EQ(again.id, first.id);
  ASSERT_EQ(again.opened.size(), 1U);
  EXPECT_EQ(again.opened[0].record.generation, 2U);
  EXPECT_EQ(counts(acme).accepted, 1U);
  EXPECT_EQ(counts(acme).in(DeliveryState::pending), 1U);
  expect_true_books();
}

TEST_F(JournalTest, a_duplicate_of_a_delivered_event_is_only_answered) {
  const DestinationNumber acme = destination("acme");
  const DestinationNumber other = destination("other");
  const AcceptedEvent first = accept_one(event("body", {acme, other}, "key"));
  ASSERT_TRUE(settle_now(first.opened[0], DeliveryState::delivered));
  ASSERT_TRUE(settle_now(first.opened[1], DeliveryState::dead, Reason::exhausted));
  EXPECT_EQ(accept_one(event("body", {acme, other}, "key")).verdict, Verdict::duplicate);
}

TEST_F(JournalTest, a_duplicate_of_an_unrouted_event_takes_todays_routes) {
  accept_one(event("body", {}, "key"));
  const DestinationNumber acme = destination("acme");
  const AcceptedEvent again = accept_one(event("body", {acme}, "key"));
  EXPECT_EQ(again.verdict, Verdict::reopened);
  EXPECT_EQ(counts(acme).in(DeliveryState::pending), 1U);
  EXPECT_EQ(counts(kNoDestination).in(DeliveryState::superseded), 1U);
  expect_true_books();
}

}  // namespace
}  // namespace spillway::journal
