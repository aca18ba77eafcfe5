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
    JournalBacklog backlog(store_, *writer_, executor_, executor_, bodies_);
    backlog.fetch(std::move(request), [&](core::Result<Fetched> result) {
      ASSERT_TRUE(result) << result.error().message;
      fetched = *std::move(result);
    });
    return fetched;
  }

  core::ByteBudget bodies_{1'000};
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

}  // namespace
}  // namespace spillway::delivery
