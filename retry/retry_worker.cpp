#include "retry/retry_worker.hpp"

#include "core/check.hpp"
#include "core/log.hpp"
#include "core/planted_bug.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace spillway::retry {

using core::DeliveryState;
using core::LogLevel;

namespace {

using Counts = std::map<std::string, std::size_t, std::less<>>;

void count_down(Counts& counts, std::string_view name) {
  const auto found = counts.find(name);
  CHECK(found != counts.end());
  if (--found->second == 0) {
    counts.erase(found);
  }
}

std::size_t count_of(const Counts& counts, std::string_view name) {
  const auto found = counts.find(name);
  return found == counts.end() ? 0 : found->second;
}

bool may_have_arrived(const VisitOutcome& outcome) {
  return outcome.attempted && outcome.attempt.outcome != core::Outcome::deferred;
}

}  // namespace

RetryWorker::RetryWorker(RetryWorkerParts parts)
    : parts_(std::move(parts)),
      messages_(parts_.topics, parts_.options.ledger_partitions, parts_.options.node) {}

void RetryWorker::start() {
  tick();
}

void RetryWorker::stop(core::Time deadline, core::Task done) {
  CHECK(!stopping_);
  stopping_ = true;
  stopped_ = std::move(done);
  regulate();
  stop_timer_ = parts_.executor.run_at(deadline, [this] {
    stop_timer_ = 0;
    commit();
    leave();
  });
  leave_if_ended();
}

void RetryWorker::leave_if_ended() {
  if (stopped_ && attempts_ == 0) {
    commit();
    if (results_.empty()) {
      leave();
    }
  }
}

void RetryWorker::leave() {
  parts_.executor.cancel(std::exchange(timer_, 0));
  parts_.executor.cancel(std::exchange(stop_timer_, 0));
  // What could not be written until now is not tried once more while it leaves.
  forget_all();
  parts_.log.close(*this);
  parts_.probe.records_open(open_);
  parts_.executor.post(std::exchange(stopped_, nullptr));
}

void RetryWorker::tick() {
  const auto polled = parts_.log.poll(*this, kMessagesMax);
  note_answer(polls_, polled);
  take_turns();
  if (parts_.clock.now() >= next_commit_) {
    commit();
  }
  regulate();
  parts_.probe.records_open(open_);
  if (stopped_ && attempts_ == 0 && results_.empty()) {
    leave();
    return;
  }
  timer_ = parts_.executor.run_at(parts_.clock.now() + pace_.after(polled.has_value()),
                                  [this] { tick(); });
}

// What the log tells.

void RetryWorker::assigned(const std::vector<RetryPosition>& positions) {
  for (const RetryPosition& position : positions) {
    forget(position.partition);
    const auto tier = messages_.topics().tier_of(position.partition.topic);
    if (!tier) {
      core::log(LogLevel::error, "spool.topic_unknown", {{"topic", position.partition.topic}});
      continue;
    }
    const Assignment assignment = ++last_assignment_;
    const auto place =
        partitions_.try_emplace(assignment, position, *tier, parts_.options.offsets_max);
    assignments_.emplace(position.partition, assignment);
    if (!place.first->second.window.understood()) {
      core::log(LogLevel::error, "spool.position_unreadable",
                {{"topic", position.partition.topic},
                 {"partition", position.partition.number},
                 {"offset", position.offset}});
    }
  }
  core::log(LogLevel::info, "spool.assigned",
            {{"partitions", positions.size()}, {"all", partitions_.size()}});
}

void RetryWorker::revoking(const std::vector<TopicPartition>& partitions) {
  commit();
  for (const TopicPartition& partition : partitions) {
    forget(partition);
  }
  core::log(LogLevel::info, "spool.revoked",
            {{"partitions", partitions.size()}, {"all", partitions_.size()}});
}

void RetryWorker::lost(const std::vector<TopicPartition>& partitions) {
  for (const TopicPartition& partition : partitions) {
    forget(partition);
  }
  core::log(LogLevel::warn, "spool.lost",
            {{"partitions", partitions.size()}, {"all", partitions_.size()}});
}

void RetryWorker::received(StoredMessage message) {
  const auto found = assignments_.find(message.partition);
  if (found == assignments_.end()) {
    return;
  }
  const Assignment assignment = found->second;
  SpoolPartition& partition = partitions_.at(assignment);
  if (!partition.window.take(message.offset)) {
    return;
  }
  // A log whose clock is ahead holds nothing back for longer than its delay.
  const core::Time ready = std::min(message.appended, parts_.clock.now()) + partition.tier;
  partition.last_ready = ready;
  ++records_;
  if (auto record = SpoolRecord::decode(message.message)) {
    const std::size_t bytes = bytes_of(message.message);
    partition.items.emplace(
        message.offset,
        SpoolItem{.record = *std::move(record), .bytes = bytes, .counted_to = message.appended});
    ++partition.early;
    ++open_;
    bytes_ += bytes;
    turns_.insert({ready, assignment, message.offset});
  } else {
    parts_.probe.undecodable();
    core::log(LogLevel::error, "spool.undecodable",
              {{"topic", message.partition.topic},
               {"partition", message.partition.number},
               {"offset", message.offset},
               {"error", record.error().message}});
    partition.window.done(message.offset);
    Result result{.assignment = assignment};
    result.messages.push_back(messages_.dead(std::move(message.message)));
    ended(partition, std::move(result));
  }
  regulate(partition);
}

// Records and their turns.

std::optional<RetryWorker::Place> RetryWorker::find(Assignment assignment, std::int64_t offset) {
  const auto partition = partitions_.find(assignment);
  if (partition == partitions_.end()) {
    return std::nullopt;
  }
  const auto item = partition->second.items.find(offset);
  CHECK(item != partition->second.items.end());
  return Place{assignment, &partition->second, item};
}

void RetryWorker::take_turns() {
  // Nothing is attempted while it is unlikely that its outcome can be written.
  const bool writes = polls_.answered && (commits_.answered || results_.empty());
  constexpr bool awaits = core::kPlantedBug != core::PlantedBug::control_not_awaited;
  if (stopping_ || !writes || result_bytes_ >= kTransactionBytes ||
      (awaits && !parts_.control.caught_up())) {
    return;
  }
  const core::Time now = parts_.clock.now();
  while (!turns_.empty() && turns_.begin()->at <= now) {
    const Turn turn = *turns_.begin();
    turns_.erase(turns_.begin());
    const auto place = find(turn.assignment, turn.offset);
    CHECK(place);
    take_turn(*place);
  }
}

void RetryWorker::take_turn(const Place& place) {
  const SpoolItem& item = place.item->second;
  const SpoolRecord& record = item.record;
  const core::Duration left = record.due - parts_.clock.now();
  if (is_void(record)) {
    finish(place, {});
  } else if (left >= kTiers.front()) {
    hop(place, left, {});
  } else if (item.state == SpoolItem::State::early && !take_share(place)) {
    hop(place, kTiers.front(), {});
  } else if (left > core::Duration::zero()) {
    turns_.insert({record.due, place.assignment, place.item->first});
  } else {
    attempt(place);
  }
}

bool RetryWorker::take_share(const Place& place) {
  SpoolItem& item = place.item->second;
  const std::string& destination = item.record.destination;
  const auto window = static_cast<std::size_t>(parts_.options.offsets_max);
  if (count_of(place.partition->taken, destination) >= window / kShares ||
      count_of(taken_, destination) >= parts_.options.records_max / kShares) {
    return false;
  }
  item.state = SpoolItem::State::waiting;
  --place.partition->early;
  ++place.partition->taken[destination];
  ++taken_[destination];
  return true;
}

void RetryWorker::attempt(const Place& place) {
  place.item->second.state = SpoolItem::State::attempting;
  count_pauses(place);
  ++attempts_;
  parts_.attempts.attempt(
      place.item->second.record,
      [this, assignment = place.assignment, offset = place.item->first](
          const VisitOutcome& outcome) { visited(assignment, offset, outcome); });
}

void RetryWorker::count_pauses(const Place& place) {
  SpoolItem& item = place.item->second;
  const core::Time now = parts_.clock.now();
  item.record.paused +=
      parts_.control.pauses(item.record.destination).between(item.counted_to, now);
  item.counted_to = now;
}

void RetryWorker::visited(Assignment assignment, std::int64_t offset, const VisitOutcome& outcome) {
  --attempts_;
  if (outcome.attempted) {
    parts_.probe.attempted();
  }
  if (const auto place = find(assignment, offset)) {
    CHECK(place->item->second.state == SpoolItem::State::attempting);
    place->item->second.state = SpoolItem::State::waiting;
    if (outcome.attempted || outcome.state != DeliveryState::pending) {
      attempted(*place, outcome);
    } else {
      put_off(*place, outcome);
    }
  } else if (may_have_arrived(outcome)) {
    parts_.probe.dropped();
  }
  leave_if_ended();
}

void RetryWorker::put_off(const Place& place, const VisitOutcome& outcome) {
  SpoolRecord& record = place.item->second.record;
  if (is_void(record)) {
    finish(place, {});
    return;
  }
  const core::Duration wait = std::max(outcome.wait, kTiers.front());
  record.due = parts_.clock.now() + wait;
  hop(place, wait, {});
}

void RetryWorker::attempted(const Place& place, const VisitOutcome& outcome) {
  SpoolRecord& record = place.item->second.record;
  record.attempts += outcome.attempted ? 1 : 0;
  Result result{.may_repeat = may_have_arrived(outcome)};
  result.messages.push_back(messages_.fate(record, outcome));
  const bool voided = is_void(record);
  if (outcome.state == DeliveryState::dead && !voided) {
    result.messages.push_back(messages_.dead(record, outcome));
  }
  if (outcome.state != DeliveryState::pending || voided) {
    finish(place, std::move(result));
    return;
  }
  record.due = outcome.due;
  const core::Duration left = record.due - parts_.clock.now();
  if (left >= kTiers.front()) {
    hop(place, left, std::move(result));
    return;
  }
  turns_.insert({record.due, place.assignment, place.item->first});
  result.assignment = place.assignment;
  note(std::move(result));
}

bool RetryWorker::is_void(const SpoolRecord& record) const {
  return parts_.control.is_void(record.event->id, record.destination, record.generation);
}

void RetryWorker::hop(const Place& place, core::Duration wait, Result result) {
  const core::Duration tier = tier_for(wait).value_or(kTiers.front());
  count_pauses(place);
  result.messages.push_back(messages_.hop(place.item->second.record, tier));
  parts_.probe.hopped(tier);
  done(place, std::move(result));
}

void RetryWorker::finish(const Place& place, Result result) {
  const SpoolRecord& record = place.item->second.record;
  if (parts_.control.is_named_void(record.event->id, record.destination, record.generation)) {
    result.messages.push_back(messages_.over(record));
  }
  done(place, std::move(result));
}

void RetryWorker::done(const Place& place, Result result) {
  SpoolPartition& partition = *place.partition;
  const SpoolItem& item = place.item->second;
  if (item.state == SpoolItem::State::early) {
    --partition.early;
  } else {
    count_down(partition.taken, item.record.destination);
    count_down(taken_, item.record.destination);
  }
  --open_;
  bytes_ -= item.bytes;
  partition.window.done(place.item->first);
  partition.items.erase(place.item);
  result.assignment = place.assignment;
  ended(partition, std::move(result));
}

void RetryWorker::ended(SpoolPartition& partition, Result result) {
  ++partition.uncommitted;
  result.records = 1;
  note(std::move(result));
}

void RetryWorker::note(Result result) {
  for (const OutgoingMessage& message : result.messages) {
    result.bytes += bytes_of(message.message);
  }
  bytes_ += result.bytes;
  result_bytes_ += result.bytes;
  results_.push_back(std::move(result));
}

// Transactions.

void RetryWorker::commit() {
  if (committing_ || results_.empty()) {
    return;
  }
  std::vector<Result> results = std::exchange(results_, {});
  RetryTransaction transaction = transaction_of(results);
  const core::Time began = parts_.clock.now();
  committing_ = true;
  const auto committed = parts_.log.commit(*this, transaction);
  committing_ = false;
  note_answer(commits_, committed);
  const core::Time now = parts_.clock.now();
  if (!committed) {
    parts_.probe.commit_failed(now - began);
    next_commit_ = now + kSecondTry;
    not_committed(std::move(results), std::move(transaction), committed.error());
    return;
  }
  parts_.probe.committed(now - began);
  next_commit_ = began + kTransactionPause;
  for (const Result& result : results) {
    release(result);
  }
}

RetryTransaction RetryWorker::transaction_of(std::vector<Result>& results) const {
  RetryTransaction transaction;
  std::set<Assignment> touched;
  for (Result& result : results) {
    if (core::kPlantedBug == core::PlantedBug::offsets_before_fates) {
      result.messages.clear();
    }
    std::ranges::move(result.messages, std::back_inserter(transaction.messages));
    touched.insert(result.assignment);
  }
  for (const Assignment assignment : touched) {
    const SpoolPartition& partition = partitions_.at(assignment);
    transaction.positions.push_back({.partition = partition.id,
                                     .offset = partition.window.offset(),
                                     .done_above = partition.window.done_above()});
  }
  return transaction;
}

void RetryWorker::not_committed(std::vector<Result> results, RetryTransaction transaction,
                                const core::Error& error) {
  if (error.code == core::ErrorCode::conflict) {
    forget_all();
  }
  // The same again, with what came meanwhile behind it; but nothing of what is read elsewhere now.
  std::vector<Result> again;
  auto message = std::make_move_iterator(transaction.messages.begin());
  for (Result& result : results) {
    for (OutgoingMessage& place : result.messages) {
      place = *message++;
    }
    if (partitions_.contains(result.assignment)) {
      again.push_back(std::move(result));
    } else {
      drop(result);
    }
  }
  std::ranges::move(results_, std::back_inserter(again));
  results_ = std::move(again);
}

void RetryWorker::release(const Result& result) {
  records_ -= result.records;
  bytes_ -= result.bytes;
  result_bytes_ -= result.bytes;
  if (const auto found = partitions_.find(result.assignment); found != partitions_.end()) {
    found->second.uncommitted -= result.records;
  }
}

void RetryWorker::drop(const Result& result) {
  release(result);
  if (result.may_repeat) {
    parts_.probe.dropped();
  }
}

void RetryWorker::note_answer(Link& link, const core::Result<void>& answer) {
  // Who lost its place was answered.
  const bool answered = answer || answer.error().code == core::ErrorCode::conflict;
  if (answered == std::exchange(link.answered, answered)) {
    return;
  }
  if (answered) {
    core::log(LogLevel::info, "spool.back", {{"what", link.what}});
  } else {
    core::log(LogLevel::warn, "spool.unavailable",
              {{"what", link.what}, {"error", answer.error().message}});
  }
}

// What is read.

void RetryWorker::forget(const TopicPartition& partition) {
  const auto known = assignments_.find(partition);
  if (known == assignments_.end()) {
    return;
  }
  const Assignment assignment = known->second;
  assignments_.erase(known);
  auto gone = partitions_.extract(assignment);
  const SpoolPartition& left = gone.mapped();
  for (const auto& [offset, item] : left.items) {
    bytes_ -= item.bytes;
  }
  open_ -= left.items.size();
  records_ -= left.items.size();
  for (const auto& [destination, count] : left.taken) {
    for (std::size_t i = 0; i < count; ++i) {
      count_down(taken_, destination);
    }
  }
  std::erase_if(turns_, [&](const Turn& turn) { return turn.assignment == assignment; });
  std::erase_if(results_, [&](const Result& result) {
    if (result.assignment == assignment) {
      drop(result);
    }
    return result.assignment == assignment;
  });
}

void RetryWorker::forget_all() {
  while (!assignments_.empty()) {
    forget(TopicPartition(assignments_.begin()->first));
  }
}

void RetryWorker::regulate() {
  for (auto& [assignment, partition] : partitions_) {
    regulate(partition);
  }
}

void RetryWorker::regulate(SpoolPartition& partition) {
  const bool pause = has_enough(partition);
  if (pause == std::exchange(partition.paused, pause)) {
    return;
  }
  if (pause) {
    parts_.log.pause(partition.id);
  } else {
    parts_.log.resume(partition.id);
  }
}

bool RetryWorker::has_enough(const SpoolPartition& partition) const {
  const bool no_room = records_ >= parts_.options.records_max || bytes_ >= parts_.options.bytes_max;
  const bool has_some = !partition.items.empty() || partition.uncommitted > 0;
  return stopping_ || partition.window.full() || partition.early >= kEarlyMax ||
         partition.last_ready > parts_.clock.now() + kEarlyFor || (no_room && has_some);
}

}  // namespace spillway::retry
