// A journal in memory for the tests of its decisions: commands are committed at once, one batch per
// call, at a time the test sets.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/executor.hpp"
#include "journal/accept.hpp"
#include "journal/audit.hpp"
#include "journal/group_commit.hpp"
#include "journal/memory_store.hpp"
#include "journal/operate.hpp"
#include "journal/reader.hpp"
#include "journal/settle.hpp"
#include "journal/writer.hpp"

namespace spillway::journal {

// Runs what is posted at once.
class InlineExecutor final : public core::Executor {
 public:
  void post(core::Task task) override { task(); }
  core::TimerId run_at(core::Time, core::Task) override { return 1; }
  void cancel(core::TimerId) override {}
};

class JournalTest : public testing::Test {
 protected:
  JournalTest() { reopen(); }

  // A new process on the same store.
  void reopen(OpenOptions options = {}) {
    commit_.reset();
    auto opened = Writer::open(store_, options, random_);
    ASSERT_TRUE(opened) << opened.error().message;
    writer_ = *std::move(opened);
    commit_ = std::make_unique<GroupCommit>(*writer_);
  }

  void power_cut(std::size_t surviving = 0) {
    store_.crash(surviving);
    reopen();
  }

  // Writes and syncs one batch of commands.
  template <class... Commands>
  void commit(std::unique_ptr<Commands>... commands) {
    write(std::move(commands)...);
    ASSERT_TRUE(commit_->sync());
  }

  template <class... Commands>
  void write(std::unique_ptr<Commands>... commands) {
    std::vector<std::unique_ptr<Command>> batch;
    (batch.push_back(std::move(commands)), ...);
    const auto written = commit_->write(std::move(batch), now_);
    ASSERT_TRUE(written) << written.error().message;
  }

  DestinationNumber destination(const std::string& name) {
    DestinationNumber number = 0;
    commit(std::make_unique<Register>(
        executor_, std::vector<std::string>{"waba"}, std::vector{name},
        [&](core::Result<Names> names) { number = names->destinations.at(name).number; }));
    return number;
  }

  NewEvent event(std::string body, std::vector<DestinationNumber> to,
                 std::optional<std::string> key = std::nullopt) {
    auto made = std::make_shared<core::Event>();
    made->id = core::EventId::make(now_, writer_->node_tag(), random_);
    made->source = "waba";
    made->received = now_;
    made->body = std::move(body);
    NewEvent fresh;
    fresh.source = 1;
    fresh.body_hash = writer_->hasher().body(made->body);
    fresh.event = std::move(made);
    for (const DestinationNumber number : to) {
      fresh.targets.push_back({.destination = number});
    }
    if (key) {
      EventKey found{
          {1, writer_->hasher().idempotency_key(1, *key)}, window_, writer_->committed(), {}};
      found.found = *find_key(store_, found.key, window_, now_);
      fresh.key = std::move(found);
    }
    return fresh;
  }

  std::unique_ptr<Accept> accept(std::vector<NewEvent> events, std::vector<AcceptedEvent>* out) {
    return std::make_unique<Accept>(executor_, std::move(events), Command::Durability::synced,
                                    [out](core::Result<std::vector<AcceptedEvent>> accepted) {
                                      ASSERT_TRUE(accepted) << accepted.error().message;
                                      *out = *std::move(accepted);
                                    });
  }

  AcceptedEvent accept_one(NewEvent fresh) {
    std::vector<AcceptedEvent> accepted;
    std::vector<NewEvent> events;
    events.push_back(std::move(fresh));
    commit(accept(std::move(events), &accepted));
    EXPECT_EQ(accepted.size(), 1U);
    return accepted.at(0);
  }

  Settlement settlement(const OpenDelivery& open, core::DeliveryState state,
                        core::Reason reason = core::Reason::none) {
    Settlement made;
    made.ref = open.ref;
    made.generation = open.record.generation;
    made.state = state;
    made.reason = reason;
    made.attempts = open.record.attempts + 1;
    made.due = now_ + std::chrono::seconds(5);
    made.attempt.number = made.attempts;
    made.attempt.started = now_;
    made.attempt.status = 200;
    made.attempt.excerpt = "hello";
    return made;
  }

  std::unique_ptr<Settle> settle(Settlement made, bool* applied) {
    return std::make_unique<Settle>(executor_, std::move(made),
                                    [applied](core::Result<Settled> outcome) {
                                      ASSERT_TRUE(outcome) << outcome.error().message;
                                      *applied = outcome->applied;
                                    });
  }

  bool settle_now(const OpenDelivery& open, core::DeliveryState state,
                  core::Reason reason = core::Reason::none) {
    bool applied = false;
    commit(settle(settlement(open, state, reason), &applied));
    return applied;
  }

  Counts counts(DestinationNumber number) const {
    const auto totals = writer_->totals();
    const auto found = totals.find(number);
    return found == totals.end() ? Counts{} : found->second;
  }

  void expect_true_books() {
    const auto report = audit(store_);
    ASSERT_TRUE(report) << report.error().message;
    for (const std::string& problem : report->problems) {
      ADD_FAILURE() << problem;
    }
  }

  core::Time now_ = core::from_micros(1'790'000'000'000'000);
  core::Duration window_ = std::chrono::hours(72);
  core::SeededRandom random_{7};
  InlineExecutor executor_;
  MemoryStore store_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<GroupCommit> commit_;
};

}  // namespace spillway::journal
