#include "tests/support/memory_journal.hpp"

#include "core/check.hpp"
#include "journal/reader.hpp"
#include "journal/settle.hpp"

#include <utility>

namespace spillway::support {

MemoryJournal::MemoryJournal(VirtualTime& time) : time_(&time), executor_(time) {
  open();
}

void MemoryJournal::open() {
  group_.reset();
  auto writer = journal::Writer::open(store_, {.has_peers = true}, random_);
  CHECK(writer);
  writer_ = *std::move(writer);
  group_ = std::make_unique<journal::GroupCommit>(*writer_);
}

void MemoryJournal::submit(std::unique_ptr<journal::Command> command) {
  const bool settles = dynamic_cast<journal::Settle*>(command.get()) != nullptr;
  if (settles && failing_settles_ > 0) {
    --failing_settles_;
    core::Executor& reply_to = command->reply_to();
    reply_to.post([failed = std::move(command)] {
      failed->finish(core::fail(core::ErrorCode::corrupt, "ordered to fail"));
    });
    return;
  }
  if (settles && holding_) {
    held_.push_back(std::move(command));
    return;
  }
  queue_.push_back(std::move(command));
  if (!std::exchange(commit_posted_, true)) {
    executor_.post([this] { commit(); });
  }
}

void MemoryJournal::release_settles() {
  holding_ = false;
  for (auto& command : std::exchange(held_, {})) {
    submit(std::move(command));
  }
}

void MemoryJournal::commit() {
  commit_posted_ = false;
  const auto written = group_->write(std::exchange(queue_, {}), time_->now());
  CHECK(written);
  if (group_->sync_wanted(time_->now())) {
    CHECK(group_->sync());
  } else if (group_->sync_due()) {
    executor_.run_at(*group_->sync_due(), [this] {
      if (group_->sync_wanted(time_->now())) {
        CHECK(group_->sync());
      }
    });
  }
}

void MemoryJournal::crash() {
  time_->drop_all();
  queue_.clear();
  held_.clear();
  commit_posted_ = false;
  holding_ = false;
  store_.crash(0);
  open();
}

journal::Names MemoryJournal::register_names(const std::vector<std::string>& destinations) {
  std::optional<journal::Names> names;
  submit(std::make_unique<journal::Register>(
      executor_, std::vector<std::string>{"source"}, destinations,
      [&](core::Result<journal::Names> result) { names = *std::move(result); }));
  time_->run_ready();
  CHECK(names);
  return *std::move(names);
}

journal::AcceptedEvent MemoryJournal::accept(
    const std::string& body, const std::vector<journal::DestinationNumber>& destinations,
    std::optional<core::ClaimKey> claim) {
  auto event = std::make_shared<core::Event>();
  event->id = core::EventId::make(time_->now(), writer_->node_tag(), random_);
  event->source = "source";
  event->received = time_->now();
  event->body = body;
  event->claim = claim;
  last_event_ = event;
  journal::NewEvent accepted;
  accepted.event = std::move(event);
  accepted.source = 1;
  for (const journal::DestinationNumber number : destinations) {
    accepted.targets.push_back({.destination = number});
  }
  std::vector<journal::NewEvent> events;
  events.push_back(std::move(accepted));
  std::optional<journal::AcceptedEvent> answer;
  submit(std::make_unique<journal::Accept>(
      executor_, std::move(events), journal::Command::Durability::synced,
      [&](core::Result<std::vector<journal::AcceptedEvent>> result) {
        answer = std::move(result->front());
      }));
  time_->run_ready();
  CHECK(answer);
  return *std::move(answer);
}

std::vector<journal::OpenDelivery> MemoryJournal::replay(journal::Sequence sequence) {
  std::vector<journal::OpenDelivery> opened;
  submit(std::make_unique<journal::Replay>(
      executor_, sequence, std::nullopt, std::vector<journal::Target>{}, journal::Rejoin::in_order,
      [&](core::Result<journal::Opening> result) {
        opened = journal::news_for_delivery(*std::move(result));
      }));
  time_->run_ready();
  return opened;
}

void MemoryJournal::set_paused(journal::DestinationNumber number,
                               std::optional<std::string> reason) {
  submit(std::make_unique<journal::SetPaused>(executor_, number, std::move(reason),
                                              [](core::Result<bool>) {}));
  time_->run_ready();
}

journal::DeliveryRecord MemoryJournal::delivery(journal::DeliveryRef ref) {
  const auto found = journal::Reader(store_).delivery(ref);
  CHECK(found && *found);
  return **found;
}

journal::Counts MemoryJournal::counts(journal::DestinationNumber number) {
  const auto totals = writer_->totals();
  const auto found = totals.find(number);
  return found == totals.end() ? journal::Counts{} : found->second;
}

}  // namespace spillway::support
