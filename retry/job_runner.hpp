// The runner: takes the running jobs on, a page of each in turn, until they are done. What it does
// with a page stands in the journal when the next one is read, so it can be killed at any time and
// goes on after a start. Everything runs on its executor, which may block; made and stopped by app.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/executor.hpp"
#include "journal/command.hpp"
#include "journal/hasher.hpp"
#include "journal/reopen.hpp"
#include "journal/store.hpp"
#include "retry/job.hpp"
#include "retry/job_commands.hpp"
#include "retry/job_page.hpp"
#include "retry/job_probe.hpp"

namespace spillway::retry {

// All outlive the runner, and the runner outlives what it asked of the journal.
struct JobRunnerParts {
  core::Executor& executor;
  const core::Clock& clock;
  const journal::Store& store;
  journal::CommandQueue& commands;
  const journal::Hasher& hasher;
  JobProbe& probe;
  RouteEvent route;
  // These deliveries wait again, or have ended; that is durable. On the executor.
  std::function<void(std::vector<journal::OpenDelivery>)> opened;
};

class JobRunner {
 public:
  explicit JobRunner(JobRunnerParts parts) : parts_(std::move(parts)) {}
  JobRunner(const JobRunner&) = delete;
  JobRunner& operator=(const JobRunner&) = delete;

  // Jobs were made or have ended: looks at the journal again. At the start, too. Any thread.
  void wake();

  // On the executor: begins nothing more. What was asked of the journal may still be answered.
  void stop();

 private:
  void load();
  // Takes one page of the job whose turn it is, or waits for the next to be due.
  void proceed();
  [[nodiscard]] Job* take_turn(core::Time now);
  void step(Job& job);
  void stepped(JobNumber number, core::Result<Stepped> result);
  void fail(JobNumber number, const core::Error& error);
  void forget(JobNumber number);
  void wait();

  JobRunnerParts parts_;
  std::map<JobNumber, Job> jobs_;
  JobNumber last_ = 0;  // whose turn it was
  bool busy_ = false;   // a page is being worked off
  core::TimerId timer_ = 0;
  bool stopped_ = false;
};

}  // namespace spillway::retry
