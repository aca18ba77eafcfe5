// What operators are told of the attempts that an engine makes.
#include "delivery/engine.hpp"

#include "engine_harness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace spillway::delivery {
namespace {

using namespace std::chrono_literals;
using core::Outcome;
using support::answered;
using support::not_sent;
using testing::IsEmpty;
using testing::SizeIs;

class EngineAttemptsTest : public testing::Test, protected EngineHarness {
 protected:
  [[nodiscard]] std::vector<RecentAttempt> recent(std::string_view name) {
    return probe.attempts().newest_first(name);
  }
};

TEST_F(EngineAttemptsTest, each_is_remembered_with_its_event) {
  configure({options("acme"), options("globex")});
  fail_until(2, answered(500));
  const core::Time start = time.now();
  post("hello");
  const core::EventId event = journal.last_event()->id;
  time.run_for(10s);
  const std::vector<RecentAttempt> told = recent("acme");
  ASSERT_THAT(told, SizeIs(2));
  EXPECT_EQ(told[0].event, event);
  EXPECT_EQ(told[0].attempt.outcome, Outcome::delivered);
  EXPECT_EQ(told[0].attempt.number, 2u);
  EXPECT_EQ(told[1].attempt.outcome, Outcome::deferred);
  EXPECT_EQ(told[1].attempt.status, 500u);
  EXPECT_EQ(told[1].attempt.started, start);
  EXPECT_THAT(recent("globex"), IsEmpty());
}

TEST_F(EngineAttemptsTest, the_last_failure_is_known_while_a_destination_is_down_under_traffic) {
  configure({options("acme")});
  sender.behave = [](const SendRequest&) { return std::optional(not_sent()); };
  for (int i = 0; i < 300; ++i) {
    post(numbered(i));
    time.run_for(1s);
    ASSERT_TRUE(probe.attempts().last_failures().contains("acme")) << i;
  }
  const core::Attempt failure = probe.attempts().last_failures().at("acme");
  EXPECT_EQ(failure.outcome, Outcome::deferred);
  EXPECT_FALSE(failure.error.empty());
  EXPECT_GE(failure.started, time.now() - 20s);  // a probe's, not the first one's
}

TEST_F(EngineAttemptsTest, what_was_put_off_was_none) {
  configure({options("acme")});
  sender.behave = [](const SendRequest&) {
    SendResult refused = not_sent();
    refused.failure->ours = true;
    return std::optional(refused);
  };
  post("hello");
  time.run_for(10s);
  EXPECT_FALSE(sender.sent().empty());
  EXPECT_THAT(recent("acme"), IsEmpty());
}

TEST_F(EngineAttemptsTest, those_of_other_journals_are_among_them) {
  configure({options("acme")});
  const auto event = std::make_shared<core::Event>();
  event->id = core::EventId::make(time.now(), 2, random);
  Visit visit;
  visit.destination = 1;
  visit.event = event;
  visit.attempts = 4;
  visit.opened = time.now();
  sender.behave = [](const SendRequest&) { return std::optional(answered(503)); };
  bool ended = false;
  engine->visit(std::move(visit), [&](const VisitEnd&) { ended = true; });
  time.run_for(1s);
  ASSERT_TRUE(ended);
  ASSERT_THAT(recent("acme"), SizeIs(1));
  EXPECT_EQ(recent("acme")[0].event, event->id);
  EXPECT_EQ(recent("acme")[0].attempt.number, 5u);
  EXPECT_EQ(recent("acme")[0].attempt.status, 503u);
}

TEST_F(EngineAttemptsTest, are_remembered_when_a_destination_leaves_the_configuration_and_returns) {
  configure({options("acme")});
  post("hello");
  time.run_for(1s);
  configure({});
  EXPECT_THAT(recent("acme"), SizeIs(1));
  configure({options("acme")});
  post("again");
  time.run_for(1s);
  EXPECT_THAT(recent("acme"), SizeIs(2));
}

}  // namespace
}  // namespace spillway::delivery
