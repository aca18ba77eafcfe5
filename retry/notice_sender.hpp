// Tells all nodes what this one has to tell them: takes notices from the journal, oldest first, and
// forgets them when the log has them. Runs on one executor, where it reads the store.
#pragma once

#include "core/clock.hpp"
#include "core/executor.hpp"
#include "journal/command.hpp"
#include "journal/records.hpp"
#include "journal/store.hpp"
#include "retry/control_state.hpp"
#include "retry/record_writer.hpp"
#include "retry/topics.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace spillway::retry {

struct NoticeParts {
  core::Executor& executor;
  const core::Clock& clock;
  const journal::Store& store;
  journal::CommandQueue& commands;
  RecordWriter& writer;
  Topics topics;
  std::string node;
  std::uint16_t node_tag = 0;
  // Of the accepted topic; 0 until Kafka was reached: notices wait.
  const std::atomic<std::int32_t>& accepted_partitions;
  // When destinations were paused, which what is told of a pause carries on. Null: not known here,
  // and those who know it keep it.
  const ControlState* control = nullptr;
};

class NoticeSender {
 public:
  static constexpr core::Duration kPause = std::chrono::milliseconds(200);  // between two looks
  static constexpr core::Duration kSecondTry = std::chrono::seconds(1);     // after a failure
  static constexpr std::size_t kBatchMax = 256;

  explicit NoticeSender(NoticeParts parts) : parts_(std::move(parts)) {}

  void start() { look(); }
  // What is under way may still be answered.
  void stop();

 private:
  void look();
  [[nodiscard]] OutgoingMessage message_of(const journal::NoticeRecord& notice) const;
  void look_again(core::Duration pause);
  void written(std::uint64_t number, const core::Result<void>& result);
  void forget();

  NoticeParts parts_;
  std::size_t under_way_ = 0;
  bool failed_ = false;
  std::vector<std::uint64_t> told_;
  std::uint64_t forgotten_ = 0;  // up to here: what is before is not looked at again
  bool stopped_ = false;
  core::TimerId timer_ = 0;
};

}  // namespace spillway::retry
