#include "delivery/dispatcher.hpp"

#include "engine_harness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spillway::delivery {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// Two engines over one journal, each on an executor of its own.
class DispatcherTest : public testing::Test, protected EngineHarness {
 protected:
  DispatcherTest() {
    const journal::Names names = journal.register_names({"one", "two"});
    std::vector<LaneSetup> setups;
    for (const auto& [name, record] : names.destinations) {
      const DestinationOptions policy = options(name);
      setups.push_back({std::make_shared<Destination>(
                            Destination{record.number, policy, *Signer::compile(policy), nullptr}),
                        record});
    }
    dispatcher.apply(setups);
    time.run_ready();
  }

  Opened opened(const std::string& body, journal::DestinationNumber to) {
    journal::AcceptedEvent accepted = journal.accept(body, {to});
    return {accepted.opened.front(), journal.last_event()};
  }

  support::VirtualExecutor other_executor{time};
  JournalBacklog other_disk{journal.store(), journal.writer(), other_executor, other_executor};
  Engine other{{other_executor, time, random, journal, other_disk, sender, bodies, probe}};
  Dispatcher dispatcher{{&other, engine.get()}};  // an odd number is `engine`'s
};

TEST_F(DispatcherTest, what_belongs_here_starts_within_the_call_the_rest_by_a_task) {
  std::vector<Opened> both;
  both.push_back(opened("first", 1));
  both.push_back(opened("second", 2));
  dispatcher.offer(executor, std::move(both));
  EXPECT_THAT(sender.bodies(), ElementsAre("first"));
  time.run_ready();
  EXPECT_THAT(sender.bodies(), ElementsAre("first", "second"));
}

TEST_F(DispatcherTest, pause_and_resume_reach_the_owner) {
  dispatcher.pause(2);
  time.run_ready();
  std::vector<Opened> one;
  one.push_back(opened("second", 2));
  dispatcher.offer(executor, std::move(one));
  time.run_for(1s);
  EXPECT_THAT(sender.bodies(), IsEmpty());
  EXPECT_EQ(&dispatcher.executor_of(2), &other_executor);
  dispatcher.resume(2);
  time.run_for(1s);
  EXPECT_THAT(sender.bodies(), ElementsAre("second"));
}

TEST_F(DispatcherTest, is_stopped_when_the_last_engine_is) {
  sender.behave = [](const SendRequest&) { return std::nullopt; };
  std::vector<Opened> one;
  one.push_back(opened("second", 2));
  dispatcher.offer(executor, std::move(one));
  time.run_ready();
  int stopped = 0;
  dispatcher.stop(time.now() + 10s, [&] { ++stopped; });
  time.run_for(1s);
  EXPECT_EQ(stopped, 0);
  sender.answer_hanging(support::answered(200));
  time.run_for(1s);
  EXPECT_EQ(stopped, 1);
}

}  // namespace
}  // namespace spillway::delivery
