// What an engine does where several nodes may have accepted the same event.
#include "delivery/claims.hpp"
#include "engine_harness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace spillway::delivery {
namespace {

using namespace std::chrono_literals;
using core::DeliveryState;
using core::Reason;
using support::answered;
using testing::ElementsAre;

// Says what it is ordered to; nothing: it does not answer yet.
class FakeClaims final : public Claims {
 public:
  explicit FakeClaims(core::Executor& executor) : executor_(&executor) {}

  void claim(const core::Event& event, Callback callback) override {
    asked.push_back(event.body);
    if (verdict) {
      executor_->post([answer = std::move(callback), said = *verdict]() mutable { answer(said); });
    } else {
      waiting.push_back(std::move(callback));
    }
  }

  std::optional<Claim> verdict = Claim::won;
  std::vector<std::string> asked;
  std::vector<Callback> waiting;

 private:
  core::Executor* executor_;
};

class EngineClaimsTest : public testing::Test, protected EngineHarness {
 protected:
  EngineClaimsTest() {
    claims = &desk;
    start();
    configure({options("acme")});
  }

  journal::OpenDelivery post_claimed(const std::string& body) {
    journal::AcceptedEvent accepted = journal.accept(body, {1}, core::ClaimKey{{1}, 72h});
    engine->offer({accepted.opened.front(), journal.last_event()});
    return accepted.opened.front();
  }

  FakeClaims desk{executor};
};

TEST_F(EngineClaimsTest, an_event_is_claimed_before_its_first_attempt) {
  desk.verdict.reset();
  const journal::OpenDelivery opened = post_claimed("hello");
  time.run_ready();
  EXPECT_THAT(desk.asked, ElementsAre("hello"));
  EXPECT_TRUE(sender.sent().empty());
  desk.waiting.front()(Claim::won);
  time.run_ready();
  EXPECT_THAT(sender.bodies(), ElementsAre("hello"));
  EXPECT_EQ(journal.delivery(opened.ref).state, DeliveryState::delivered);
}

TEST_F(EngineClaimsTest, what_another_node_has_is_not_sent) {
  desk.verdict = Claim::lost;
  const journal::OpenDelivery opened = post_claimed("hello");
  time.run_for(1h);
  EXPECT_TRUE(sender.sent().empty());
  const journal::DeliveryRecord record = journal.delivery(opened.ref);
  EXPECT_EQ(record.state, DeliveryState::superseded);
  EXPECT_EQ(record.reason, Reason::duplicate_elsewhere);
  EXPECT_EQ(record.attempts, 0u);
  EXPECT_EQ(engine->open(), 0u);
  EXPECT_EQ(counter("spillway_duplicates_total", {{"where", "elsewhere"}}), 1u);
  EXPECT_EQ(registry.gauge("spillway_in_flight", "", {{"destination", "acme"}}).value(), 0);
}

TEST_F(EngineClaimsTest, where_nobody_knows_it_is_delivered) {
  desk.verdict = Claim::unavailable;
  post_claimed("hello");
  time.run_ready();
  EXPECT_THAT(sender.bodies(), ElementsAre("hello"));
}

TEST_F(EngineClaimsTest, only_the_first_attempt_asks) {
  fail_until(3, answered(500));
  post_claimed("hello");
  time.run_for(1h);
  EXPECT_EQ(sender.sent().size(), 3u);
  EXPECT_EQ(desk.asked.size(), 1u);
}

TEST_F(EngineClaimsTest, a_replay_does_not_ask) {
  desk.verdict = Claim::lost;
  const journal::OpenDelivery opened = post_claimed("hello");
  time.run_for(1s);
  for (const journal::OpenDelivery& again : journal.replay(opened.ref.sequence)) {
    engine->offer({again, journal.last_event()});
  }
  time.run_for(1s);
  EXPECT_THAT(sender.bodies(), ElementsAre("hello"));
}

TEST_F(EngineClaimsTest, an_event_without_a_key_is_nobody_elses) {
  desk.verdict = Claim::lost;
  post("hello");
  time.run_ready();
  EXPECT_TRUE(desk.asked.empty());
  EXPECT_THAT(sender.bodies(), ElementsAre("hello"));
}

TEST_F(EngineClaimsTest, after_a_crash_before_the_first_attempt_it_is_claimed_all_the_same) {
  desk.verdict.reset();
  post_claimed("hello");
  time.run_ready();
  time.drop_all();
  desk.waiting.clear();
  crash();
  configure({options("acme")});
  time.run_for(1s);
  EXPECT_THAT(desk.asked, ElementsAre("hello", "hello"));
}

TEST_F(EngineClaimsTest, stopping_does_not_send_what_was_being_claimed) {
  desk.verdict.reset();
  const journal::OpenDelivery opened = post_claimed("hello");
  time.run_ready();
  bool stopped = false;
  engine->stop(time.now() + 10s, [&] { stopped = true; });
  desk.waiting.front()(Claim::won);
  time.run_ready();
  EXPECT_TRUE(stopped);
  EXPECT_TRUE(sender.sent().empty());
  EXPECT_EQ(journal.delivery(opened.ref).state, DeliveryState::pending);
}

}  // namespace
}  // namespace spillway::delivery
