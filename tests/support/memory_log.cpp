#include "tests/support/memory_log.hpp"

#include <algorithm>
#include <utility>

namespace spillway::support {

using retry::OutgoingMessage;
using retry::RetryLogEvents;
using retry::RetryPosition;
using retry::RetryTransaction;
using retry::StoredMessage;
using retry::TopicPartition;

namespace {

std::uint32_t hash(std::string_view key) {
  std::uint32_t value = 2'166'136'261U;
  for (const char c : key) {
    value = (value ^ static_cast<unsigned char>(c)) * 16'777'619U;
  }
  return value;
}

}  // namespace

MemoryLog::MemoryLog(const core::Clock& clock, retry::Topics topics, std::int32_t partitions)
    : clock_(&clock), partitions_(partitions) {
  for (const core::Duration tier : retry::kTiers) {
    for (std::int32_t number = 0; number < partitions; ++number) {
      shared_.push_back({topics.retry(tier), number});
    }
  }
}

std::int32_t MemoryLog::append_one(const OutgoingMessage& message) {
  const auto chosen = message.partition >= 0
                          ? message.partition
                          : static_cast<std::int32_t>(hash(message.message.key) %
                                                      static_cast<std::uint32_t>(partitions_));
  const TopicPartition place{message.topic, chosen};
  Partition& partition = stored_[place];
  partition.messages.push_back({.partition = place,
                                .offset = partition.end++,
                                .appended = clock_->now(),
                                .message = message.message});
  return chosen;
}

void MemoryLog::append(const OutgoingMessage& message) {
  append_one(message);
}

const std::vector<StoredMessage>& MemoryLog::messages(const TopicPartition& partition) const {
  static const std::vector<StoredMessage> kNone;
  const auto found = stored_.find(partition);
  return found == stored_.end() ? kNone : found->second.messages;
}

std::vector<StoredMessage> MemoryLog::messages(const std::string& topic) const {
  std::vector<StoredMessage> all;
  for (std::int32_t number = 0; number < partitions_; ++number) {
    std::ranges::copy(messages(TopicPartition{topic, number}), std::back_inserter(all));
  }
  return all;
}

RetryPosition MemoryLog::position(const TopicPartition& partition) const {
  const auto found = positions_.find(partition);
  return found == positions_.end() ? RetryPosition{partition, 0, ""} : found->second;
}

void MemoryLog::rebalance(const Share& share) {
  target_.clear();
  for (const TopicPartition& partition : shared_) {
    if (!members_.empty()) {
      target_[partition] = members_[share(partition, members_.size()) % members_.size()];
    }
  }
}

void MemoryLog::join(MemoryRetryLog& member) {
  members_.push_back(&member);
  std::size_t next = 0;
  rebalance([&](const TopicPartition&, std::size_t) { return next++; });
}

void MemoryLog::leave(MemoryRetryLog& member) {
  std::erase(members_, &member);
  std::erase_if(owner_, [&](const auto& entry) { return entry.second == &member; });
  std::size_t next = 0;
  rebalance([&](const TopicPartition&, std::size_t) { return next++; });
}

void MemoryLog::fence(MemoryRetryLog& member) {
  leave(member);
  member.fenced_ = true;
}

void MemoryLog::apply(MemoryRetryLog& member, const RetryTransaction& transaction) {
  ++transactions_;
  std::set<TopicPartition> touched;
  for (const OutgoingMessage& message : transaction.messages) {
    touched.insert({message.topic, append_one(message)});
  }
  for (const TopicPartition& partition : touched) {
    ++stored_[partition].end;  // the mark of the transaction
  }
  for (const RetryPosition& position : transaction.positions) {
    const auto owner = owner_.find(position.partition);
    if (owner == owner_.end() || owner->second != &member) {
      ++foreign_positions_;
    }
    positions_[position.partition] = position;
  }
}

void MemoryRetryLog::give_up(RetryLogEvents& events,
                             const std::vector<TopicPartition>& partitions) {
  if (partitions.empty()) {
    return;
  }
  events.revoking(partitions);
  for (const TopicPartition& partition : partitions) {
    // Else it was lost meanwhile.
    if (reading_.erase(partition) > 0) {
      log_->owner_.erase(partition);
    }
  }
}

bool MemoryRetryLog::tell_news(RetryLogEvents& events) {
  if (fenced_) {
    std::vector<TopicPartition> all;
    for (const auto& [partition, next] : reading_) {
      all.push_back(partition);
    }
    reading_.clear();
    fenced_ = false;
    events.lost(all);
    log_->join(*this);
    return false;
  }
  std::vector<TopicPartition> going;
  for (const auto& [partition, next] : reading_) {
    if (log_->target_[partition] != this) {
      going.push_back(partition);
    }
  }
  give_up(events, going);
  std::vector<RetryPosition> coming;
  for (const auto& [partition, member] : log_->target_) {
    if (member == this && !log_->owner_.contains(partition)) {
      coming.push_back(log_->position(partition));
      log_->owner_[partition] = this;
      reading_[partition] = coming.back().offset;
    }
  }
  if (!coming.empty()) {
    events.assigned(coming);
  }
  return true;
}

core::Result<void> MemoryRetryLog::poll(RetryLogEvents& events, std::size_t messages_max) {
  ++polls_;
  if (auto outcome = on_poll(); !outcome) {
    return outcome;
  }
  tell_news(events);
  // One of each partition in turn, so that none waits for another.
  bool any = true;
  while (any && messages_max > 0) {
    any = false;
    for (auto& [partition, next] : reading_) {
      const auto& messages = log_->messages(partition);
      const auto found = std::ranges::lower_bound(messages, next, {}, &StoredMessage::offset);
      if (found == messages.end() || paused_.contains(partition) || messages_max == 0) {
        continue;
      }
      next = found->offset + 1;
      --messages_max;
      any = true;
      events.received(*found);
    }
  }
  return {};
}

core::Result<void> MemoryRetryLog::commit(RetryLogEvents& events,
                                          const RetryTransaction& transaction) {
  ++commits_;
  if (fenced_) {
    tell_news(events);
    return core::fail(core::ErrorCode::conflict, "fenced");
  }
  auto outcome = on_commit();
  if (outcome) {
    log_->apply(*this, transaction);
  }
  if (news_in_commit) {
    tell_news(events);
  }
  return outcome;
}

void MemoryRetryLog::close(RetryLogEvents& events) {
  std::vector<TopicPartition> all;
  for (const auto& [partition, next] : reading_) {
    all.push_back(partition);
  }
  if (!fenced_) {
    give_up(events, all);
  }
  log_->leave(*this);
}

core::Result<retry::TopicNews> MemoryTopicReader::poll(std::size_t messages_max) {
  ++polls_;
  if (auto outcome = on_poll(); !outcome) {
    return std::unexpected(std::move(outcome).error());
  }
  retry::TopicNews news;
  const auto& messages = log_->messages(partition_);
  auto found = std::ranges::lower_bound(messages, next_, {}, &StoredMessage::offset);
  for (; found != messages.end() && news.messages.size() < messages_max; ++found) {
    news.messages.push_back(*found);
    next_ = found->offset + 1;
  }
  news.caught_up = next_ > last_;
  return news;
}

}  // namespace spillway::support
