// Committer: the one thread that writes the journal. It gathers whatever was handed in while the
// last sync ran, commits it as one batch, and syncs. Owned by app; outlives everyone who submits.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/metrics.hpp"
#include "journal/command.hpp"
#include "journal/group_commit.hpp"
#include "journal/writer.hpp"

namespace spillway::journal {

struct CommitterOptions {
  std::size_t queue_commands_max = 20'000;
  // How long accepts may wait for a stalled store before they are refused (docs/correctness.md 16).
  core::Duration stall_max = std::chrono::milliseconds(50);
};

// What the journal tells about itself.
struct CommitProbe {
  explicit CommitProbe(core::Registry& registry);

  core::Histogram& commit_seconds;
  core::Histogram& batch_events;
  core::Counter& syncs;
  core::Counter& stalls;
  core::Counter& refused;
};

class Committer final : public CommandQueue {
 public:
  // `fatal` is called once, on the committer's thread, when the journal cannot go on: the process
  // must stop without answering anybody. Writer, clock and probe outlive the committer.
  Committer(Writer& writer, const core::Clock& clock, CommitProbe& probe, CommitterOptions options,
            std::function<void(const core::Error&)> fatal);
  ~Committer() override;

  void submit(std::unique_ptr<Command> command) override;

  // Commits and syncs what has been handed in, then ends the thread. Later commands are refused.
  void stop();

 private:
  void run();
  // One round: false when the journal cannot go on.
  bool commit(std::vector<std::unique_ptr<Command>> commands);
  bool give_up(const core::Error& error);
  std::vector<std::unique_ptr<Command>> wait_for_work();
  std::vector<std::unique_ptr<Command>> take_arrived();
  [[nodiscard]] bool stopping();
  static void refuse(std::unique_ptr<Command> command, std::string why);

  Writer* writer_;
  const core::Clock* clock_;
  CommitProbe* probe_;
  CommitterOptions options_;
  std::function<void(const core::Error&)> fatal_;
  GroupCommit group_commit_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<std::unique_ptr<Command>> queue_;
  bool stopping_ = false;
  bool closed_ = false;
  std::thread thread_;  // last: runs as soon as it is made
};

}  // namespace spillway::journal
