#include "retry/job_commands.hpp"

#include <algorithm>
#include <utility>

#include "core/check.hpp"
#include "journal/keys.hpp"
#include "journal/purge.hpp"
#include "journal/stage.hpp"

namespace spillway::retry {

using journal::DeliveryRecord;
using journal::Stage;

namespace {

void put(Stage& stage, const JobRecord& job) {
  stage.put(journal::Table::meta, journal::keys::job(job.number), job.encode());
}

void end_as(JobState state, Stage& stage, JobRecord& job) {
  job.state = state;
  job.finished = stage.now();
}

// Forgets the oldest that have ended, so that kJobsKept of them are left.
void forget_ended(Stage& stage, const std::vector<JobRecord>& jobs) {
  const auto has_ended = [](const JobRecord& job) { return job.state != JobState::running; };
  auto ended = static_cast<std::size_t>(std::ranges::count_if(jobs, has_ended));
  for (const JobRecord& job : jobs) {
    if (ended > kJobsKept && has_ended(job)) {
      stage.erase(journal::Table::meta, journal::keys::job(job.number));
      --ended;
    }
  }
}

// False: the delivery is not what it was any more, or cannot be opened.
core::Result<bool> replay(Stage& stage, const Match& match, Stepped& result) {
  const auto record = stage.find(match.ref);
  if (!record) {
    return std::unexpected(record.error());
  }
  if (!*record || (*record)->generation != match.generation || !journal::can_reopen(**record)) {
    return false;
  }
  const std::size_t before = result.opened.size();
  core::Result<void> done;
  if (match.ref.destination != journal::kNoDestination) {
    done = journal::reopen(stage, match.ref, **record, journal::Rejoin::in_order, result);
  } else if ((*record)->reason == core::Reason::no_route) {
    done = journal::reroute(stage, match.ref.sequence, **record, match.targets, result);
  }
  if (!done) {
    return std::unexpected(std::move(done).error());
  }
  result.deliveries += result.opened.size() - before;
  return result.opened.size() > before;
}

core::Result<bool> drop(Stage& stage, const Match& match, Stepped& result) {
  const auto record = stage.find(match.ref);
  if (!record) {
    return std::unexpected(record.error());
  }
  if (!*record || (*record)->generation != match.generation || !journal::can_drop(**record)) {
    return false;
  }
  journal::drop(stage, match.ref, **record);
  ++result.deliveries;
  return true;
}

core::Result<bool> purge(Stage& stage, const Match& match, Stepped& result) {
  const auto ended = journal::erase_event(stage, match.ref.sequence, result);
  if (!ended) {
    return std::unexpected(ended.error());
  }
  result.deliveries += *ended;
  return *ended > 0;
}

}  // namespace

CreateJob::CreateJob(core::Executor& reply_to, JobOrder order, Callback callback)
    : SyncedCommand(reply_to, std::move(callback)), order_(std::move(order)) {
  CHECK((order_.kind == JobKind::purge) == std::holds_alternative<EventFilter>(order_.filter));
}

core::Result<std::optional<JobRecord>> CreateJob::decide(Stage& stage) {
  const auto jobs = read_jobs(stage.store());
  if (!jobs) {
    return std::unexpected(jobs.error());
  }
  if (std::ranges::count(*jobs, JobState::running, &JobRecord::state) >=
      static_cast<std::ptrdiff_t>(kJobsRunningMax)) {
    return std::nullopt;
  }
  forget_ended(stage, *jobs);
  JobRecord job;
  job.number = jobs->empty() ? 1 : jobs->back().number + 1;
  job.order = order_;
  job.created = stage.now();
  job.end = stage.commit().next_sequence;
  put(stage, job);
  return job;
}

StepJob::StepJob(core::Executor& reply_to, JobNumber job, JobCursor from, JobPage page,
                 Callback callback)
    : SyncedCommand(reply_to, std::move(callback)),
      job_(job),
      from_(from),
      page_(std::move(page)) {}

core::Result<Stepped> StepJob::decide(Stage& stage) {
  auto job = read_job(stage.store(), job_);
  if (!job) {
    return std::unexpected(std::move(job).error());
  }
  Stepped result;
  if (*job && (*job)->state == JobState::running && (*job)->cursor == from_) {
    if (auto worked = work_off(stage, **job, result); !worked) {
      return std::unexpected(std::move(worked).error());
    }
    result.applied = true;
  }
  result.job = *std::move(job);
  return result;
}

core::Result<void> StepJob::work_off(Stage& stage, JobRecord& job, Stepped& result) const {
  for (const Match& match : page_.matches) {
    const auto done = job.order.kind == JobKind::replay ? replay(stage, match, result)
                      : job.order.kind == JobKind::drop ? drop(stage, match, result)
                                                        : purge(stage, match, result);
    if (!done) {
      return std::unexpected(done.error());
    }
    ++(*done ? job.progress.done : job.progress.skipped);
  }
  job.progress.examined += page_.examined;
  job.progress.matched += page_.matches.size();
  job.cursor = page_.next;
  if (page_.last) {
    end_as(JobState::done, stage, job);
  }
  put(stage, job);
  return {};
}

EndJob::EndJob(core::Executor& reply_to, JobNumber job, std::string failure, Callback callback)
    : SyncedCommand(reply_to, std::move(callback)), job_(job), failure_(std::move(failure)) {}

core::Result<EndedJob> EndJob::decide(Stage& stage) {
  auto job = read_job(stage.store(), job_);
  if (!job) {
    return std::unexpected(std::move(job).error());
  }
  EndedJob result{.job = *std::move(job)};
  if (result.job && result.job->state == JobState::running) {
    end_as(failure_.empty() ? JobState::cancelled : JobState::failed, stage, *result.job);
    result.job->failure = failure_;
    put(stage, *result.job);
    result.applied = true;
  }
  return result;
}

core::Result<std::vector<JobRecord>> ReadJobs::decide(Stage& stage) {
  return read_jobs(stage.store());
}

}  // namespace spillway::retry
