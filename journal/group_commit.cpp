#include "journal/group_commit.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/executor.hpp"
#include "core/planted_bug.hpp"

namespace spillway::journal {

core::Result<GroupCommit::Written> GroupCommit::write(
    std::vector<std::unique_ptr<Command>> commands, core::Time now) {
  for (auto& command : commands) {
    queue_.push_back({std::move(command), {}});
  }
  while (!queue_.empty()) {
    std::vector<Writer::Staged> batch = take_batch();
    const auto outcome = writer_->write(batch, now);
    if (!outcome && outcome.error().code == core::ErrorCode::unavailable) {
      queue_.insert(queue_.begin(), std::move_iterator(batch.begin()),
                    std::move_iterator(batch.end()));
      return Written::stalled;
    }
    if (!outcome) {
      return std::unexpected(outcome.error());
    }
    written(std::move(batch), now);
  }
  return Written::yes;
}

std::vector<Writer::Staged> GroupCommit::take_batch() {
  std::vector<Writer::Staged> batch;
  std::size_t body_bytes = 0;
  while (!queue_.empty() && body_bytes < kBatchBodyBytes) {
    body_bytes += queue_.front().command->body_bytes();
    const bool alone = queue_.front().command->alone();
    if (alone && !batch.empty()) {
      break;
    }
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
    if (alone) {
      break;
    }
  }
  return batch;
}

void GroupCommit::written(std::vector<Writer::Staged> batch, core::Time now) {
  std::vector<Writer::Staged> done;
  for (Writer::Staged& staged : batch) {
    const bool waits = staged.command->durability() == Command::Durability::synced;
    (waits ? awaiting_sync_ : done).push_back(std::move(staged));
  }
  if constexpr (core::kPlantedBug == core::PlantedBug::ack_before_sync) {
    std::ranges::move(std::exchange(awaiting_sync_, {}), std::back_inserter(done));
  }
  if (!sync_due_ && writer_->has_unsynced()) {
    sync_due_ = now + kSyncDelay;
  }
  answer(std::move(done));
}

void GroupCommit::shed() {
  std::deque<Writer::Staged> refused;
  for (Writer::Staged& staged : std::exchange(queue_, {})) {
    (staged.command->sheddable() ? refused : queue_).push_back(std::move(staged));
  }
  refuse(std::move(refused));
}

void GroupCommit::abandon() {
  refuse(std::exchange(queue_, {}));
}

void GroupCommit::refuse(std::deque<Writer::Staged> commands) {
  std::vector<Writer::Staged> refused;
  for (Writer::Staged& staged : commands) {
    staged.outcome = core::fail(core::ErrorCode::unavailable, "the journal's disk is stalled",
                                core::Fault::us, core::Retry::safe);
    refused.push_back(std::move(staged));
  }
  answer(std::move(refused));
}

bool GroupCommit::sync_wanted(core::Time now) const {
  return !awaiting_sync_.empty() || (sync_due_ && *sync_due_ <= now);
}

core::Result<void> GroupCommit::sync() {
  if (const auto synced = writer_->sync(); !synced) {
    return synced;
  }
  sync_due_.reset();
  answer(std::exchange(awaiting_sync_, {}));
  return {};
}

void GroupCommit::answer(std::vector<Writer::Staged> commands) {
  // One task per executor and batch: an io_context is woken once, however many it asked.
  std::vector<std::pair<core::Executor*, std::vector<Writer::Staged>>> groups;
  for (Writer::Staged& staged : commands) {
    core::Executor* const executor = &staged.command->reply_to();
    auto group = std::ranges::find(groups, executor, [](const auto& known) { return known.first; });
    if (group == groups.end()) {
      group = groups.emplace(groups.end(), executor, std::vector<Writer::Staged>{});
    }
    group->second.push_back(std::move(staged));
  }
  for (auto& [executor, group] : groups) {
    executor->post([answers = std::move(group)]() mutable {
      for (Writer::Staged& staged : answers) {
        staged.command->finish(std::move(staged.outcome));
      }
    });
  }
}

}  // namespace spillway::journal
