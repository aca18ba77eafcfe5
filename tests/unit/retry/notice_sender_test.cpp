#include "retry/notice_sender.hpp"

#include "journal/reader.hpp"
#include "retry/control_record.hpp"
#include "tests/support/fake_writer.hpp"
#include "tests/support/memory_journal.hpp"
#include "tests/support/virtual_time.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spillway::retry {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class NoticeSenderTest : public testing::Test {
 protected:
  NoticeSenderTest() {
    journal.register_names({"acme", "backup"});
    control.set_caught_up(true);
  }

  std::vector<std::string> told() {
    std::vector<std::string> keys;
    for (const OutgoingMessage& message : writer.written) {
      const auto record = ControlRecord::decode(message.message);
      const auto& asks = std::get<PauseEverywhere>(record->asks);
      keys.push_back(asks.destination + (asks.paused ? " paused" : " resumed"));
    }
    return keys;
  }
  std::size_t left() { return journal::Reader(journal.store()).notices(0, 10)->size(); }

  support::VirtualTime time;
  support::VirtualExecutor executor{time};
  support::MemoryJournal journal{time};
  FakeWriter writer;
  std::atomic<std::int32_t> partitions{4};
  ControlState control;
  NoticeSender sender{{.executor = executor,
                       .clock = time,
                       .store = journal.store(),
                       .commands = journal,
                       .writer = writer,
                       .topics = Topics("spillway"),
                       .node = "n1",
                       .node_tag = 5,
                       .accepted_partitions = partitions,
                       .control = &control}};
};

TEST_F(NoticeSenderTest, carries_on_when_a_destination_was_paused_before) {
  const core::Time start = time.now();
  const auto hear = [this](bool paused) {
    const PauseEverywhere asks{.destination = "acme", .paused = paused};
    control.apply({.partition = {},
                   .offset = 0,
                   .appended = time.now(),
                   .message = ControlRecord{.asks = asks}.encode()});
  };
  hear(true);
  time.run_for(5s);
  hear(false);
  time.run_for(5s);
  hear(true);
  journal.set_paused(1, "broken");
  journal.set_paused(1, std::nullopt);
  time.run_for(3s);
  sender.start();
  time.run_ready();
  ASSERT_EQ(writer.written.size(), 2u);
  const auto record = ControlRecord::decode(writer.written[1].message);
  ASSERT_TRUE(record);
  EXPECT_THAT(std::get<PauseEverywhere>(record->asks).pauses,
              ElementsAre(PauseSpan{start, start + 5s}, PauseSpan{start + 10s, start + 13s}));
}

TEST_F(NoticeSenderTest, tells_of_no_pause_before_it_knows_of_those_before) {
  control.set_caught_up(false);
  journal.set_paused(1, "broken");
  sender.start();
  time.run_for(5s);
  EXPECT_TRUE(writer.written.empty());
  control.set_caught_up(true);
  time.run_for(2s);
  EXPECT_THAT(told(), ElementsAre("acme paused"));
}

TEST_F(NoticeSenderTest, tells_in_order_and_forgets) {
  journal.set_paused(1, "broken");
  journal.set_paused(1, std::nullopt);
  sender.start();
  time.run_for(1s);
  EXPECT_THAT(told(), ElementsAre("acme paused", "acme resumed"));
  EXPECT_EQ(writer.written[0].topic, "spillway-control");
  EXPECT_EQ(left(), 0u);
  journal.set_paused(2, "broken");
  time.run_for(1s);
  EXPECT_EQ(writer.written.size(), 3u);
  sender.stop();
  EXPECT_EQ(time.waiting(), 0u);
}

TEST_F(NoticeSenderTest, what_failed_is_told_again_with_all_behind_it) {
  journal.set_paused(1, "broken");
  journal.set_paused(1, std::nullopt);
  writer.failures = 1;
  sender.start();
  time.run_for(5s);
  EXPECT_THAT(told(), ElementsAre("acme paused", "acme resumed", "acme paused", "acme resumed"));
  EXPECT_EQ(left(), 0u);
}

TEST_F(NoticeSenderTest, waits_while_the_log_takes_nothing) {
  writer.takes_any = false;
  journal.set_paused(1, "broken");
  sender.start();
  time.run_for(1min);
  EXPECT_EQ(left(), 1u);
  writer.takes_any = true;
  time.run_for(2s);
  EXPECT_EQ(left(), 0u);
}

TEST_F(NoticeSenderTest, a_crash_forgets_nothing_that_was_not_told) {
  journal.set_paused(1, "broken");
  writer.hangs = true;
  sender.start();
  time.run_for(1s);
  time.drop_all();
  journal.crash();
  EXPECT_EQ(left(), 1u);
}

}  // namespace
}  // namespace spillway::retry
