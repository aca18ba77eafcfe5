#include "delivery/journal_backlog.hpp"

#include "tests/unit/journal/journal_fixture.hpp"

namespace spillway::delivery {
namespace {

class JournalBacklogTest : public journal::JournalTest {
 protected:
  Fetched fetch(journal::DestinationNumber number) {
    Fetched fetched;
    FetchRequest request;
    request.destination = number;
    request.until = now_;
    request.limit = 10;
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

}  // namespace
}  // namespace spillway::delivery
