// Reads the fates of this node's deliveries out of its partition of the ledger and hands each, in
// their order, to who keeps the books. Made and stopped by app; everything on its executor.
#pragma once

#include "core/clock.hpp"
#include "core/executor.hpp"
#include "retry/fate_record.hpp"
#include "retry/poll_pace.hpp"
#include "retry/retry_probe.hpp"
#include "retry/topic_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>

namespace spillway::retry {

class LedgerReader {
 public:
  // So many fates are handed over and not yet done with, at most.
  static constexpr std::size_t kUnderWayMax = 256;

  // Takes the fate that lies at the offset, and calls `done` once, on the reader's executor, when
  // it and that reading goes on behind it are durable.
  using Take = std::function<void(FateRecord fate, std::int64_t offset, core::Task done)>;

  // All outlive the reader, and the reader outlives each `done`.
  LedgerReader(core::Executor& executor, const core::Clock& clock, TopicReader& reader,
               RetryProbe& probe, Take take)
      : executor_(&executor),
        clock_(&clock),
        reader_(&reader),
        probe_(&probe),
        take_(std::move(take)) {}
  LedgerReader(const LedgerReader&) = delete;
  LedgerReader& operator=(const LedgerReader&) = delete;

  // Both on the executor, once. After stop() nothing is handed over any more.
  void start() { poll(); }
  void stop();

  [[nodiscard]] std::size_t under_way() const { return under_way_; }
  // All fates there were when reading began have been handed over.
  [[nodiscard]] bool caught_up() const { return caught_up_; }
  // And they are in the books.
  [[nodiscard]] bool is_current() const { return caught_up_ && under_way_ == 0; }

 private:
  void poll();
  void hand_over(const StoredMessage& message);
  void note(const core::Result<TopicNews>& news);

  core::Executor* executor_;
  const core::Clock* clock_;
  TopicReader* reader_;
  RetryProbe* probe_;
  Take take_;
  PollPace pace_;
  core::TimerId timer_ = 0;
  std::size_t under_way_ = 0;
  bool caught_up_ = false;
  bool answers_ = true;
};

}  // namespace spillway::retry
