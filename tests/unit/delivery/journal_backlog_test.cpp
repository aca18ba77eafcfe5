#include "delivery/journal_backlog.hpp"

#include "tests/unit/journal/journal_fixture.hpp"

namespace spillway::delivery {
namespace {

class JournalBacklogTest : public journal::JournalTest {
 protected:
  Fetched fetch(journal::DestinationNumber number) {
    FetchRequest request;
    request.destination = number;
    request.until = now_;
    request.limit = 10;
    return fetch(std::move(request));
  }

  Fetched fetch(FetchRequest request) {
    Fetched fetched;
    JournalBacklog backlog(store_, *writer_, executor_, executor_);
    backlog.fetch(std::move(request), [&](core::Result<Fetched> result) {
      ASSERT_TRUE(result) << result.error().message;
      fetched = *std::move(result);
    });
    return fetched;
  }
};

// Found by the simulation: it was attempted, and then a crash took it back.
TEST_F(JournalBacklogTest, leaves_what_is_not_durable_for_later) {
  const journal::DestinationNumber client = destination("client");
  std::vector<journal::NewEvent> events;
  events.push_back(event("hello", {client}));
  std::vector<journal::AcceptedEvent> accepted;
  write(accept(std::move(events), &accepted));

  const Fetched before = fetch(client);
  EXPECT_TRUE(before.waiting.empty());
  EXPECT_EQ(before.next_due, now_);
  EXPECT_TRUE(before.not_yet);

  ASSERT_TRUE(commit_->sync());
  EXPECT_EQ(fetch(client).waiting.size(), 1U);
}

// Found by the simulation: a lane asked for the same page for ever.
TEST_F(JournalBacklogTest, goes_on_behind_any_number_that_is_due_at_once_and_left_out) {
  const journal::DestinationNumber client = destination("client");
  std::vector<journal::NewEvent> events;
  for (int i = 0; i < 5; ++i) {
    events.push_back(event("hello", {client}));
  }
  std::vector<journal::AcceptedEvent> accepted;
  write(accept(std::move(events), &accepted));
  ASSERT_TRUE(commit_->sync());

  FetchRequest request;
  request.destination = client;
  request.from = now_;
  request.until = core::Time::max();
  request.limit = 2;
  request.updated_before = now_;
  const Fetched fetched = fetch(std::move(request));
  EXPECT_TRUE(fetched.waiting.empty());
  EXPECT_EQ(fetched.next_due, std::nullopt);
}

TEST_F(JournalBacklogTest, as_many_bodies_come_along_as_may_wait) {
  const journal::DestinationNumber client = destination("client");
  for (int i = 0; i < 3; ++i) {
    accept_one(event(std::string(50, 'x'), {client}));
  }
  core::ByteBudget budget(1'000);
  FetchRequest request;
  request.destination = client;
  request.until = now_;
  request.limit = 10;
  request.bodies = BodyShare(budget);
  request.bodies.set_quick(true);

  const Fetched fetched = fetch(request);
  ASSERT_EQ(fetched.waiting.size(), 3U);
  EXPECT_TRUE(fetched.waiting[0].event && fetched.waiting[1].event);
  EXPECT_FALSE(fetched.waiting[2].event);
  EXPECT_EQ(fetched.waiting[2].body_bytes, 50U);
  EXPECT_EQ(budget.used(), 100U);
}

}  // namespace
}  // namespace spillway::delivery
