#include "tests/unit/journal/journal_fixture.hpp"

namespace spillway::journal {
namespace {

using ClockSetBackTest = JournalTest;

// Found by the simulation: keys are stored under the day of the journal, which does not go back.
TEST_F(ClockSetBackTest, a_key_is_still_known_after_a_restart_with_an_earlier_clock) {
  const DestinationNumber client = destination("client");
  const AcceptedEvent first = accept_one(event("hello", {client}, "key"));

  now_ -= std::chrono::hours(50);
  reopen();
  const AcceptedEvent again = accept_one(event("hello", {client}, "key"));

  EXPECT_EQ(again.verdict, Verdict::duplicate);
  EXPECT_EQ(again.id, first.id);
}

// Found by the simulation: to the clock that was ahead, the first event's key had expired.
TEST_F(ClockSetBackTest, a_key_is_still_known_behind_one_from_a_clock_that_was_ahead) {
  const DestinationNumber client = destination("client");
  const AcceptedEvent first = accept_one(event("hello", {client}, "key"));
  now_ += std::chrono::days(30);
  reopen();
  accept_one(event("another body", {client}, "key"));

  now_ -= std::chrono::days(30);
  reopen();
  const AcceptedEvent again = accept_one(event("hello", {client}, "key"));

  EXPECT_EQ(again.verdict, Verdict::duplicate);
  EXPECT_EQ(again.id, first.id);
}

}  // namespace
}  // namespace spillway::journal
