#include "retry/job_commands.hpp"

#include <gmock/gmock.h>

#include "tests/unit/journal/journal_fixture.hpp"

namespace spillway::retry {
namespace {

using core::DeliveryState;
using core::Reason;
using journal::DeliveryRef;

class JobCommandsTest : public journal::JournalTest {
 protected:
  DeliveryRef dead(journal::DestinationNumber to) {
    const auto accepted = accept_one(event("{}", {to}));
    EXPECT_TRUE(settle_now(accepted.opened.at(0), DeliveryState::dead, Reason::exhausted));
    return accepted.opened.at(0).ref;
  }

  JobRecord create(JobKind kind) {
    std::optional<JobRecord> made;
    commit(std::make_unique<CreateJob>(
        executor_, JobOrder{.kind = kind, .filter = DeliveryFilter{}},
        [&](core::Result<std::optional<JobRecord>> created) { made = *std::move(created); }));
    return made.value();
  }
  JobRecord stored(JobNumber number) { return read_job(store_, number)->value(); }

  std::unique_ptr<StepJob> step(const JobRecord& job, JobPage page) {
    return std::make_unique<StepJob>(
        executor_, job.number, job.cursor, std::move(page),
        [this](core::Result<Stepped> result) { stepped_ = *std::move(result); });
  }
  JobPage page_of(const JobRecord& job, std::size_t matches) {
    return *read_page(store_, job, {.matches = matches}, writer_->hasher(), {});
  }

  std::unique_ptr<EndJob> cancel(JobNumber job) {
    return std::make_unique<EndJob>(
        executor_, job, "", [this](core::Result<EndedJob> result) { ended_ = *std::move(result); });
  }

  std::optional<Stepped> stepped_;
  std::optional<EndedJob> ended_;
};

TEST_F(JobCommandsTest, a_step_and_its_cursor_are_lost_or_kept_together) {
  const auto acme = destination("acme");
  const DeliveryRef first = dead(acme);
  const DeliveryRef second = dead(acme);
  now_ += std::chrono::seconds(1);
  const JobRecord job = create(JobKind::replay);
  write(step(job, page_of(job, 1)));
  EXPECT_FALSE(stepped_) << "answered before it was synced";
  power_cut(0);
  EXPECT_EQ(stored(job.number), job);
  EXPECT_EQ(journal::Reader(store_).delivery(first)->value().generation, 1U);

  write(step(job, page_of(job, 1)));
  power_cut(1);
  EXPECT_EQ(stored(job.number).cursor, (JobCursor{acme, second.sequence}));
  EXPECT_EQ(stored(job.number).progress.done, 1U);
  EXPECT_EQ(journal::Reader(store_).delivery(first)->value().generation, 2U);
  expect_true_books();
}

TEST_F(JobCommandsTest, a_page_read_twice_is_worked_off_once) {
  const auto acme = destination("acme");
  const DeliveryRef letter = dead(acme);
  const JobRecord job = create(JobKind::replay);
  const JobPage page = page_of(job, 10);
  commit(step(job, page), step(job, page));
  ASSERT_TRUE(stepped_);
  EXPECT_FALSE(stepped_->applied);
  EXPECT_EQ(journal::Reader(store_).delivery(letter)->value().generation, 2U);
  EXPECT_EQ(stored(job.number).progress.done, 1U);
}

TEST_F(JobCommandsTest, what_has_moved_on_since_it_was_read_is_skipped) {
  const auto acme = destination("acme");
  const DeliveryRef letter = dead(acme);
  const JobRecord job = create(JobKind::drop);
  const JobPage page = page_of(job, 10);
  std::size_t opened = 0;
  commit(std::make_unique<journal::Replay>(
      executor_, letter.sequence, std::nullopt, std::vector<journal::Target>{},
      journal::Rejoin::in_order,
      [&](core::Result<journal::Opening> result) { opened = result->opened.size(); }));
  ASSERT_EQ(opened, 1U);
  // Dead again, but in another generation.
  ASSERT_TRUE(settle_now({letter, journal::Reader(store_).delivery(letter)->value()},
                         DeliveryState::dead, Reason::exhausted));
  commit(step(job, page));
  EXPECT_TRUE(stepped_->applied);
  EXPECT_EQ(stored(job.number).progress,
            (JobProgress{.examined = 1, .matched = 1, .done = 0, .skipped = 1}));
  EXPECT_EQ(journal::Reader(store_).delivery(letter)->value().state, DeliveryState::dead);
}

TEST_F(JobCommandsTest, a_cancellation_in_the_same_batch_comes_before_or_after_a_whole_step) {
  const auto acme = destination("acme");
  dead(acme);
  dead(acme);
  const JobRecord job = create(JobKind::replay);
  commit(step(job, page_of(job, 1)), cancel(job.number), step(job, page_of(job, 1)));
  EXPECT_TRUE(ended_->applied);
  EXPECT_EQ(ended_->job->progress.done, 1U);
  EXPECT_FALSE(stepped_->applied);
  EXPECT_EQ(stored(job.number).state, JobState::cancelled);
  commit(cancel(job.number));
  EXPECT_FALSE(ended_->applied);
  commit(cancel(4711));
  EXPECT_FALSE(ended_->job);
}

TEST_F(JobCommandsTest, are_told_only_as_far_as_they_are_durable) {
  const auto acme = destination("acme");
  dead(acme);
  const JobRecord job = create(JobKind::drop);
  std::optional<std::vector<JobRecord>> told;
  write(step(job, page_of(job, 10)));
  write(std::make_unique<ReadJobs>(
      executor_, [&](core::Result<std::vector<JobRecord>> jobs) { told = *std::move(jobs); }));
  EXPECT_FALSE(told);
  ASSERT_TRUE(commit_->sync());
  ASSERT_TRUE(told);
  EXPECT_THAT(*told, testing::ElementsAre(stored(job.number)));
  EXPECT_EQ(told->front().state, JobState::done);
}

}  // namespace
}  // namespace spillway::retry
