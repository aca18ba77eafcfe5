#include "journal/committer.hpp"

#include <algorithm>
#include <utility>

#include "core/executor.hpp"
#include "core/log.hpp"
#include "core/system_clock.hpp"

namespace spillway::journal {
namespace {

constexpr auto kStallRetry = std::chrono::milliseconds(2);
constexpr double kBatchBuckets[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096};

double seconds(core::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

CommitProbe::CommitProbe(core::Registry& registry)
    : commit_seconds(registry.histogram("spillway_journal_commit_seconds",
                                        "Time to write and sync one batch", {},
                                        core::latency_buckets())),
      batch_events(registry.histogram("spillway_journal_batch_events",
                                      "Events accepted in one batch, where there were any", {},
                                      kBatchBuckets)),
      syncs(registry.counter("spillway_journal_syncs_total", "Syncs of the journal")),
      stalls(registry.counter("spillway_journal_stalls_total",
                              "Batches that found the store stalled")),
      refused(registry.counter("spillway_journal_refused_total",
                               "Commands refused because the queue was full or the disk stalled")) {
}

Committer::Committer(Writer& writer, const core::Clock& clock, CommitProbe& probe,
                     CommitterOptions options, std::function<void(const core::Error&)> fatal)
    : writer_(&writer),
      clock_(&clock),
      probe_(&probe),
      options_(options),
      fatal_(std::move(fatal)),
      group_commit_(writer),
      thread_([this] { run(); }) {}

Committer::~Committer() {
  stop();
}

void Committer::refuse(std::unique_ptr<Command> command, std::string why) {
  core::Executor& executor = command->reply_to();
  executor.post([command = std::move(command), why = std::move(why)]() mutable {
    command->finish(core::fail(core::ErrorCode::unavailable, std::move(why), core::Fault::us,
                               core::Retry::safe));
  });
}

void Committer::submit(std::unique_ptr<Command> command) {
  const char* refusal = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) {
      refusal = "the journal is closed";
    } else if (queue_.size() >= options_.queue_commands_max && command->sheddable()) {
      refusal = "the journal's queue is full";
    } else {
      queue_.push_back(std::move(command));
    }
  }
  if (refusal == nullptr) {
    wake_.notify_one();
  } else {
    probe_->refused.add();
    refuse(std::move(command), refusal);
  }
}

void Committer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) {
    thread_.join();
  }
}

std::vector<std::unique_ptr<Command>> Committer::wait_for_work() {
  std::unique_lock lock(mutex_);
  const auto ready = [this] { return !queue_.empty() || stopping_; };
  if (const auto due = group_commit_.sync_due()) {
    wake_.wait_for(lock, std::max(core::Duration{0}, *due - clock_->now()), ready);
  } else {
    wake_.wait(lock, ready);
  }
  return std::exchange(queue_, {});
}

std::vector<std::unique_ptr<Command>> Committer::take_arrived() {
  const std::lock_guard lock(mutex_);
  return std::exchange(queue_, {});
}

bool Committer::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Committer::run() {
  for (;;) {
    auto commands = wait_for_work();
    const bool nothing_came = commands.empty();
    if (!commit(std::move(commands))) {
      break;
    }
    const std::lock_guard lock(mutex_);
    if (stopping_ && nothing_came && queue_.empty()) {
      closed_ = true;
      break;
    }
  }
  // What an executor still hands in is refused from here on.
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  for (auto& command : take_arrived()) {
    refuse(std::move(command), "the journal is closed");
  }
}

bool Committer::commit(std::vector<std::unique_ptr<Command>> commands) {
  const core::Duration began = core::monotonic_now();
  const bool work_came = !commands.empty();
  const Sequence before = writer_->next_sequence();
  auto written = group_commit_.write(std::move(commands), clock_->now());
  bool told = false;
  while (written && *written == GroupCommit::Written::stalled) {
    probe_->stalls.add();
    if (core::monotonic_now() - began >= options_.stall_max) {
      if (!std::exchange(told, true)) {
        core::log(core::LogLevel::warn, "journal.stalled");
      }
      group_commit_.shed();  // also what came while it lasted
      if (stopping()) {
        group_commit_.abandon();
        break;
      }
    }
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, kStallRetry, [] { return false; });
    }
    written = group_commit_.write(take_arrived(), clock_->now());
  }
  if (!written) {
    return give_up(written.error());
  }
  if (group_commit_.sync_wanted(clock_->now()) || (stopping() && writer_->has_unsynced())) {
    if (const auto synced = group_commit_.sync(); !synced) {
      return give_up(synced.error());
    }
    probe_->syncs.add();
  }
  if (work_came) {
    probe_->commit_seconds.observe(seconds(core::monotonic_now() - began));
  }
  if (const Sequence accepted = writer_->next_sequence() - before; accepted > 0) {
    probe_->batch_events.observe(static_cast<double>(accepted));
  }
  return true;
}

bool Committer::give_up(const core::Error& error) {
  core::log(core::LogLevel::error, "journal.failed", {{"error", error.message}});
  fatal_(error);
  return false;
}

}  // namespace spillway::journal
