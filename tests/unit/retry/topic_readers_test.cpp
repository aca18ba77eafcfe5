// What a node reads for itself: ControlReader and LedgerReader, on a log in memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <utility>
#include <vector>

#include "core/metrics.hpp"
#include "retry/control_reader.hpp"
#include "retry/ledger_reader.hpp"
#include "tests/support/memory_log.hpp"
#include "tests/support/virtual_time.hpp"

namespace spillway::retry {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

core::Result<void> no_broker() {
  return core::fail(core::ErrorCode::unavailable, "no broker");
}
core::Result<void> gone() {
  return core::fail(core::ErrorCode::corrupt, "messages are gone");
}
core::Result<void> fine() {
  return {};
}

class TopicReadersTest : public testing::Test {
 protected:
  void void_copies(std::uint32_t generation) {
    log_.append({.topic = topics_.control(),
                 .message = ControlRecord{.asks = VoidCopies{.event = {},
                                                             .destination = "acme",
                                                             .generation = generation}}
                                .encode()});
  }
  void write_fate(std::uint32_t attempts) {
    FateRecord fate;
    fate.destination = "acme";
    fate.attempts = attempts;
    log_.append({.topic = topics_.ledger(), .message = fate.encode(), .partition = 0});
  }

  support::VirtualTime time_;
  support::VirtualExecutor executor_{time_};
  Topics topics_{"test"};
  support::MemoryLog log_{time_, topics_, 1};
  ControlState state_;
  core::Registry registry_;
  RetryProbe probe_{registry_};
};

TEST_F(TopicReadersTest, control_is_read_from_its_beginning_and_on) {
  for (std::uint32_t i = 0; i < 2500; ++i) {
    void_copies(i);
  }
  support::MemoryTopicReader topic(log_, {topics_.control(), 0});
  ControlReader reader(executor_, time_, topic, state_);
  reader.start();
  EXPECT_FALSE(state_.caught_up());
  EXPECT_EQ(state_.voids(), 1000U);
  time_.run_for(core::Duration{1});
  EXPECT_TRUE(state_.caught_up());
  EXPECT_EQ(state_.voids(), 2500U);
  void_copies(2500);
  time_.run_for(milliseconds(50));
  EXPECT_EQ(state_.voids(), 2501U);
  reader.stop();
  EXPECT_EQ(time_.waiting(), 0U);
}

TEST_F(TopicReadersTest, control_is_not_known_while_the_log_does_not_answer) {
  support::MemoryTopicReader topic(log_, {topics_.control(), 0});
  ControlReader reader(executor_, time_, topic, state_);
  reader.start();
  EXPECT_TRUE(state_.caught_up());
  topic.on_poll = no_broker;
  time_.run_for(seconds(1));
  EXPECT_FALSE(state_.caught_up());
  const std::size_t polls = topic.polls();
  time_.run_for(seconds(10));
  EXPECT_LE(topic.polls(), polls + 11);
  void_copies(1);
  topic.on_poll = fine;
  time_.run_for(seconds(2));
  EXPECT_TRUE(state_.caught_up());
  EXPECT_EQ(state_.voids(), 1U);
}

TEST_F(TopicReadersTest, control_goes_on_behind_what_is_gone) {
  support::MemoryTopicReader topic(log_, {topics_.control(), 0});
  ControlReader reader(executor_, time_, topic, state_);
  topic.on_poll = [&] {
    topic.on_poll = fine;
    return gone();
  };
  void_copies(1);
  reader.start();
  time_.run_for(milliseconds(100));
  EXPECT_TRUE(state_.caught_up());
  EXPECT_EQ(state_.voids(), 1U);
}

TEST_F(TopicReadersTest, fates_are_handed_over_in_their_order_and_so_many_at_once) {
  constexpr std::size_t kMax = LedgerReader::kUnderWayMax;
  for (std::uint32_t i = 0; i < 300; ++i) {
    write_fate(i);
  }
  support::MemoryTopicReader topic(log_, {topics_.ledger(), 0}, 10);
  std::vector<std::pair<std::uint32_t, std::int64_t>> taken;
  std::deque<core::Task> under_way;
  LedgerReader reader(executor_, time_, topic, probe_,
                      [&](const FateRecord& fate, std::int64_t offset, core::Task done) {
                        taken.emplace_back(fate.attempts, offset);
                        under_way.push_back(std::move(done));
                      });
  reader.start();
  time_.run_for(seconds(1));
  ASSERT_EQ(taken.size(), kMax);
  EXPECT_EQ(reader.under_way(), kMax);
  EXPECT_FALSE(reader.caught_up());
  for (int i = 0; i < 100; ++i) {
    under_way.front()();
    under_way.pop_front();
  }
  time_.run_for(seconds(1));
  ASSERT_EQ(taken.size(), 290U);
  EXPECT_TRUE(reader.caught_up());
  EXPECT_EQ(reader.under_way(), 190U);
  for (std::size_t i = 0; i < taken.size(); ++i) {
    EXPECT_EQ(taken[i].first, i + 10);
    EXPECT_EQ(taken[i].second, static_cast<std::int64_t>(i) + 10);
  }
  reader.stop();
  write_fate(300);
  time_.run_for(seconds(1));
  EXPECT_EQ(taken.size(), 290U);
}

TEST_F(TopicReadersTest, fates_are_read_on_behind_an_outage_and_what_is_not_understood) {
  support::MemoryTopicReader topic(log_, {topics_.ledger(), 0});
  std::vector<std::uint32_t> taken;
  LedgerReader reader(executor_, time_, topic, probe_,
                      [&](const FateRecord& fate, std::int64_t, core::Task done) {
                        taken.push_back(fate.attempts);
                        done();
                      });
  topic.on_poll = no_broker;
  reader.start();
  log_.append({.topic = topics_.ledger(),
               .message = {.key = "x", .headers = {}, .value = ""},
               .partition = 0});
  write_fate(7);
  time_.run_for(seconds(10));
  EXPECT_LE(topic.polls(), 20U);
  topic.on_poll = fine;
  time_.run_for(seconds(2));
  EXPECT_THAT(taken, testing::ElementsAre(7));
  EXPECT_EQ(reader.under_way(), 0U);
}

}  // namespace
}  // namespace spillway::retry
