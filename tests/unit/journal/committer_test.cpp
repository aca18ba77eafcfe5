#include "journal/committer.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "core/system_clock.hpp"
#include "tests/unit/journal/journal_fixture.hpp"

namespace spillway::journal {
namespace {

class CommitterTest : public JournalTest {
 protected:
  std::unique_ptr<Committer> make(CommitterOptions options = {}) {
    return std::make_unique<Committer>(*writer_, clock_, probe_, options,
                                       [this](const core::Error&) { fatal_ = true; });
  }

  // Accepts one event over the committer and waits for the answer.
  core::Result<std::vector<AcceptedEvent>> accept_over(Committer& committer, NewEvent fresh) {
    std::promise<core::Result<std::vector<AcceptedEvent>>> answer;
    std::vector<NewEvent> events;
    events.push_back(std::move(fresh));
    committer.submit(
        std::make_unique<Accept>(executor_, std::move(events), Command::Durability::synced,
                                 [&](core::Result<std::vector<AcceptedEvent>> outcome) {
                                   answer.set_value(std::move(outcome));
                                 }));
    return answer.get_future().get();
  }

  core::SystemClock clock_;
  core::Registry registry_;
  CommitProbe probe_{registry_};
  std::atomic<bool> fatal_{false};
};

TEST_F(CommitterTest, answers_what_many_threads_ask) {
  const DestinationNumber acme = destination("acme");
  std::vector<NewEvent> fresh;
  for (int i = 0; i < 200; ++i) {
    fresh.push_back(event("body", {acme}));
  }
  auto committer = make();
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < fresh.size(); at = next++) {
        EXPECT_TRUE(accept_over(*committer, fresh[at]));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  committer->stop();
  EXPECT_EQ(counts(acme).accepted, 200U);
  EXPECT_EQ(store_.unsynced_batches(), 0U);
  expect_true_books();
}

TEST_F(CommitterTest, outcomes_are_synced_though_nothing_else_comes) {
  const DestinationNumber acme = destination("acme");
  const OpenDelivery open = accept_one(event("body", {acme})).opened[0];
  auto committer = make();
  std::promise<void> settled;
  committer->submit(std::make_unique<Settle>(executor_,
                                             settlement(open, core::DeliveryState::delivered),
                                             [&](core::Result<Settled>) { settled.set_value(); }));
  settled.get_future().get();
  // Accepts nothing, so only the outcome's own deadline can bring the sync.
  while (probe_.syncs.value() == 0) {
    std::this_thread::yield();  // the test's own limit ends it if the sync never comes
  }
  committer->stop();
}

TEST_F(CommitterTest, stop_syncs_what_was_written) {
  const DestinationNumber acme = destination("acme");
  const OpenDelivery open = accept_one(event("body", {acme})).opened[0];
  auto committer = make();
  committer->submit(std::make_unique<Settle>(
      executor_, settlement(open, core::DeliveryState::delivered), [](core::Result<Settled>) {}));
  committer->stop();
  EXPECT_EQ(store_.unsynced_batches(), 0U);
  EXPECT_EQ(counts(acme).in(core::DeliveryState::delivered), 1U);
}

// A store that stays stalled until it is let go.
class StalledStore final : public Store {
 public:
  explicit StalledStore(Store& store) : store_(store) {}
  core::Result<void> write(const WriteBatch& batch, CommitMark mark) override {
    if (stalled) {
      return core::fail(core::ErrorCode::unavailable, "stalled");
    }
    return store_.write(batch, mark);
  }
  core::Result<void> sync() override { return store_.sync(); }
  [[nodiscard]] std::unique_ptr<View> view() const override { return store_.view(); }
  [[nodiscard]] core::Result<std::optional<std::string>> get(Table table,
                                                             std::string_view key) const override {
    return store_.get(table, key);
  }
  core::Result<void> scan(Table table, std::string_view from, std::string_view to,
                          Direction direction, const ScanVisitor& visitor) const override {
    return store_.scan(table, from, to, direction, visitor);
  }
  [[nodiscard]] std::uint64_t disk_bytes() const override { return store_.disk_bytes(); }
  [[nodiscard]] std::uint64_t rewrite_bytes() const override { return store_.rewrite_bytes(); }
  void reclaim(Table, std::string_view, std::string_view) override {}
  [[nodiscard]] std::uint64_t claimed_synced() const override { return 0; }

  std::atomic<bool> stalled{false};

 private:
  Store& store_;
};

TEST_F(CommitterTest, a_long_stall_refuses_what_comes_meanwhile_and_keeps_outcomes) {
  const DestinationNumber acme = destination("acme");
  const OpenDelivery open = accept_one(event("body", {acme})).opened[0];
  const NewEvent first = event("first", {acme});
  const NewEvent second = event("second", {acme});
  StalledStore store(store_);
  writer_ = *Writer::open(store, {}, random_);
  store.stalled = true;
  auto committer = make();
  std::promise<bool> settled;
  committer->submit(std::make_unique<Settle>(
      executor_, settlement(open, core::DeliveryState::delivered),
      [&](core::Result<Settled> outcome) { settled.set_value(outcome && outcome->applied); }));
  for (const NewEvent& late : {first, second}) {
    const auto refused = accept_over(*committer, late);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, core::ErrorCode::unavailable);
  }
  store.stalled = false;
  EXPECT_TRUE(settled.get_future().get());
  committer->stop();
  EXPECT_EQ(counts(acme).accepted, 1U);
}

TEST_F(CommitterTest, stop_ends_though_the_store_stays_stalled) {
  const DestinationNumber acme = destination("acme");
  const OpenDelivery open = accept_one(event("body", {acme})).opened[0];
  StalledStore store(store_);
  writer_ = *Writer::open(store, {}, random_);
  store.stalled = true;
  auto committer = make();
  bool written = true;
  committer->submit(std::make_unique<Settle>(
      executor_, settlement(open, core::DeliveryState::delivered),
      [&](core::Result<Settled> outcome) { written = outcome.has_value(); }));
  committer->stop();
  EXPECT_FALSE(written);
}

TEST_F(CommitterTest, after_stop_commands_are_refused) {
  const DestinationNumber acme = destination("acme");
  const NewEvent fresh = event("body", {acme});
  auto committer = make();
  committer->stop();
  const auto refused = accept_over(*committer, fresh);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::ErrorCode::unavailable);
}

TEST_F(CommitterTest, a_failed_sync_ends_the_journal_and_answers_nobody) {
  const DestinationNumber acme = destination("acme");
  NewEvent fresh = event("body", {acme});
  store_.fail_next_sync({core::ErrorCode::io, core::Fault::us, core::Retry::never, "EIO"});
  auto committer = make();
  bool answered = false;
  std::vector<NewEvent> events;
  events.push_back(std::move(fresh));
  committer->submit(
      std::make_unique<Accept>(executor_, std::move(events), Command::Durability::synced,
                               [&](core::Result<std::vector<AcceptedEvent>>) { answered = true; }));
  committer->stop();
  EXPECT_TRUE(fatal_);
  EXPECT_FALSE(answered);
}

}  // namespace
}  // namespace spillway::journal
