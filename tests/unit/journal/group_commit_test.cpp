#include "journal/group_commit.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/journal/journal_fixture.hpp"

namespace spillway::journal {
namespace {

using GroupCommitTest = JournalTest;

TEST_F(GroupCommitTest, bodies_that_came_at_once_are_written_in_batches_of_bounded_size) {
  const DestinationNumber to = destination("client");
  const std::string body(GroupCommit::kBatchBodyBytes * 3 / 4, 'x');
  std::vector<AcceptedEvent> accepted[3];
  const auto one = [&](int index) {
    std::vector<NewEvent> events;
    events.push_back(event(body, {to}));
    return accept(std::move(events), &accepted[index]);
  };
  const std::uint64_t before = writer_->committed();
  write(one(0), one(1), one(2));
  EXPECT_EQ(writer_->committed(), before + 2);
  for (const auto& events : accepted) {
    EXPECT_TRUE(events.empty());  // one sync for all of them, still to come
  }
  ASSERT_TRUE(commit_->sync());
  for (const auto& events : accepted) {
    EXPECT_EQ(events.size(), 1U);
  }
}

}  // namespace
}  // namespace spillway::journal
