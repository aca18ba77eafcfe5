#include "retry/job_runner.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "core/log.hpp"

namespace spillway::retry {
namespace {

void log_ended(const JobRecord& job) {
  const bool failed = job.state == JobState::failed;
  core::log(failed ? core::LogLevel::error : core::LogLevel::info, "job.ended",
            {{"job", job.number},
             {"kind", to_string(job.order.kind)},
             {"state", to_string(job.state)},
             {"reason", job.failure},
             {"matched", job.progress.matched},
             {"done", job.progress.done},
             {"skipped", job.progress.skipped}});
}

}  // namespace

void JobRunner::wake() {
  parts_.executor.post([this] {
    load();
    proceed();
  });
}

void JobRunner::stop() {
  stopped_ = true;
  parts_.executor.cancel(std::exchange(timer_, 0));
}

void JobRunner::load() {
  auto stored = read_jobs(parts_.store);
  if (!stored) {
    core::log(core::LogLevel::error, "jobs.unreadable", {{"error", stored.error().message}});
    return;
  }
  const core::Time now = parts_.clock.now();
  for (JobRecord& record : *stored) {
    if (record.state != JobState::running) {
      jobs_.erase(record.number);
    } else if (!jobs_.contains(record.number)) {
      const JobNumber number = record.number;
      jobs_.emplace(number, Job(std::move(record), now));
    }
  }
  parts_.probe.running(jobs_.size());
}

void JobRunner::proceed() {
  if (stopped_ || busy_) {
    return;
  }
  if (Job* const job = take_turn(parts_.clock.now())) {
    step(*job);
  } else {
    wait();
  }
}

Job* JobRunner::take_turn(core::Time now) {
  const auto is_due = [now](const auto& entry) { return entry.second.next_page() <= now; };
  auto next = std::find_if(jobs_.upper_bound(last_), jobs_.end(), is_due);
  if (next == jobs_.end()) {
    next = std::find_if(jobs_.begin(), jobs_.end(), is_due);
  }
  if (next == jobs_.end()) {
    return nullptr;
  }
  last_ = next->first;
  return &next->second;
}

void JobRunner::wait() {
  parts_.executor.cancel(std::exchange(timer_, 0));
  const auto next = std::ranges::min_element(
      jobs_, {}, [](const auto& entry) { return entry.second.next_page(); });
  if (next != jobs_.end()) {
    timer_ = parts_.executor.run_at(next->second.next_page(), [this] {
      timer_ = 0;
      proceed();
    });
  }
}

void JobRunner::step(Job& job) {
  const JobNumber number = job.record().number;
  auto page =
      read_page(*parts_.store.view(), job.record(), job.limits(), parts_.hasher, parts_.route);
  if (!page) {
    fail(number, page.error());
    return;
  }
  busy_ = true;
  parts_.commands.submit(std::make_unique<StepJob>(
      parts_.executor, number, job.record().cursor, *std::move(page),
      [this, number](core::Result<Stepped> result) { stepped(number, std::move(result)); }));
}

void JobRunner::stepped(JobNumber number, core::Result<Stepped> result) {
  busy_ = false;
  const auto known = jobs_.find(number);
  if (!result && result.error().code != core::ErrorCode::unavailable) {
    fail(number, result.error());
    return;
  }
  if (result && result->applied) {
    parts_.probe.changed(result->job->order.kind, result->deliveries);
    if (auto news = journal::news_for_delivery(std::move(*result)); !news.empty()) {
      parts_.opened(std::move(news));
    }
    if (result->job->state != JobState::running) {
      log_ended(*result->job);
    }
  }
  if (known != jobs_.end()) {
    if (!result) {
      known->second.put_off(parts_.clock.now());
    } else if (result->job && result->job->state == JobState::running) {
      known->second.stepped(*std::move(result->job), parts_.clock.now());
    } else {
      forget(number);
    }
  }
  // Not within this call: others on the executor have their turn.
  parts_.executor.post([this] { proceed(); });
}

void JobRunner::fail(JobNumber number, const core::Error& error) {
  forget(number);
  parts_.commands.submit(std::make_unique<EndJob>(parts_.executor, number, error.message,
                                                  [](core::Result<EndedJob> ended) {
                                                    if (ended && ended->applied) {
                                                      log_ended(*ended->job);
                                                    }
                                                  }));
  parts_.executor.post([this] { proceed(); });
}

void JobRunner::forget(JobNumber number) {
  jobs_.erase(number);
  parts_.probe.running(jobs_.size());
}

}  // namespace spillway::retry
