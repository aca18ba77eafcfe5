// What is asked of the journal about jobs. All of it is synced before its answer, so nothing is
// told that a power cut could take back (docs/correctness.md 5), and each change has a batch of its
// own: it reads the job, and what the job is about, from the store.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/executor.hpp"
#include "journal/operate.hpp"
#include "journal/reopen.hpp"
#include "retry/job_page.hpp"
#include "retry/job_record.hpp"

namespace spillway::retry {

inline constexpr std::size_t kJobsRunningMax = 16;
inline constexpr std::size_t kJobsKept = 100;  // those that have ended

// Writes down what somebody asked for; the oldest that have ended beyond kJobsKept are forgotten.
// Empty: kJobsRunningMax jobs run already.
class CreateJob final : public journal::SyncedCommand<std::optional<JobRecord>> {
 public:
  CreateJob(core::Executor& reply_to, JobOrder order, Callback callback);
  [[nodiscard]] bool alone() const override { return true; }

 private:
  core::Result<std::optional<JobRecord>> decide(journal::Stage& stage) override;

  JobOrder order_;
};

struct Stepped : journal::Opening {
  bool applied = false;  // else the job had moved on, or has ended
  std::optional<JobRecord> job;
  std::size_t deliveries = 0;  // that were changed
};

// Does to a page of matches what the job is there for, to each that is still what was read, and
// moves the job's cursor behind it. Only if that still stands where the page was read from.
class StepJob final : public journal::SyncedCommand<Stepped> {
 public:
  StepJob(core::Executor& reply_to, JobNumber job, JobCursor from, JobPage page, Callback callback);
  [[nodiscard]] bool alone() const override { return true; }

 private:
  core::Result<Stepped> decide(journal::Stage& stage) override;
  core::Result<void> work_off(journal::Stage& stage, JobRecord& job, Stepped& result) const;

  JobNumber job_;
  JobCursor from_;
  JobPage page_;
};

struct EndedJob {
  bool applied = false;          // else it had ended before
  std::optional<JobRecord> job;  // empty: there is none of that number
};

// Ends a running job before its time, because somebody cancelled it or it cannot go on.
class EndJob final : public journal::SyncedCommand<EndedJob> {
 public:
  // `failure`: why it cannot go on; empty: it is cancelled.
  EndJob(core::Executor& reply_to, JobNumber job, std::string failure, Callback callback);
  [[nodiscard]] bool alone() const override { return true; }

 private:
  core::Result<EndedJob> decide(journal::Stage& stage) override;

  JobNumber job_;
  std::string failure_;
};

// All jobs as they stand, in order of their numbers. A command, since what a plain read finds may
// not be durable yet.
class ReadJobs final : public journal::SyncedCommand<std::vector<JobRecord>> {
 public:
  using SyncedCommand::SyncedCommand;

 private:
  core::Result<std::vector<JobRecord>> decide(journal::Stage& stage) override;
};

}  // namespace spillway::retry
