#include "delivery/engine.hpp"
#include "engine_harness.hpp"

#include <gtest/gtest.h>

namespace spillway::delivery {
namespace {

using namespace std::chrono_literals;
using core::DeliveryState;
using support::answered;

// Deliveries that failed for so long that their next attempt is an hour away, none of them due.
class RecoveryTest : public testing::Test, protected EngineHarness {
 protected:
  void fail_all(int count) {
    DestinationOptions acme = options("acme");
    acme.retry.schedule = {1h};
    configure({acme});
    fail_until(1000, answered(500));
    for (int i = 0; i < count; ++i) {
      post(numbered(i));
      time.run_for(10ms);
    }
    time.run_for(3min);
    ASSERT_EQ(journal.counts(1).in(DeliveryState::pending), static_cast<std::size_t>(count));
  }
  [[nodiscard]] std::size_t delivered() { return journal.counts(1).in(DeliveryState::delivered); }
  [[nodiscard]] std::uint64_t converged() {
    return registry.histogram("spillway_convergence_seconds", "", {}, core::latency_buckets())
        .snapshot()
        .count;
  }
  [[nodiscard]] double gauge(const std::string& name) {
    return registry.gauge(name, "", {{"destination", "acme"}}).value();
  }
};

TEST_F(RecoveryTest, during_an_outage_only_probes_go_out) {
  fail_all(500);
  const std::size_t before = sender.sent().size();
  EXPECT_LT(before, 100u);
  time.run_for(100s);
  EXPECT_LE(sender.sent().size(), before + 11);
  EXPECT_GE(sender.sent().size(), before + 9);
  EXPECT_EQ(gauge("spillway_breaker_state"), 2.0);
}

TEST_F(RecoveryTest, when_the_destination_is_back_all_that_waits_is_due) {
  fail_all(500);
  fail_until(1, answered(200));
  time.run_for(12s);
  EXPECT_EQ(delivered(), 500u);
  EXPECT_EQ(gauge("spillway_breaker_state"), 0.0);
  EXPECT_EQ(converged(), 1u);
}

TEST_F(RecoveryTest, giving_up_does_not_wait_for_probes) {
  fail_all(500);
  time.run_for(73h);
  EXPECT_EQ(journal.counts(1).in(DeliveryState::dead), 500u);
}

TEST_F(RecoveryTest, convergence_is_told_also_where_all_that_waited_was_due) {
  DestinationOptions acme = options("acme");
  acme.retry.schedule = {1ms};
  configure({acme});
  fail_until(1000, answered(500));
  for (int i = 0; i < 100; ++i) {
    post(numbered(i));
  }
  time.run_for(10s);
  fail_until(1, answered(200));
  time.run_for(5s);
  EXPECT_EQ(delivered(), 100u);
  EXPECT_EQ(converged(), 1u);
}

TEST_F(RecoveryTest, what_fails_again_after_the_recovery_waits_its_time) {
  fail_all(20);
  sender.behave = [](const SendRequest& request) {
    return std::optional(answered(request.event->body == "7" ? 500 : 200));
  };
  time.run_for(25s);
  EXPECT_EQ(delivered(), 19u);
  const std::size_t sent = sender.sent().size();
  time.run_for(50min);
  EXPECT_EQ(sender.sent().size(), sent);
}

TEST_F(RecoveryTest, a_restart_looks_at_once_whether_the_destination_is_back) {
  fail_all(500);
  crash();
  fail_until(1, answered(200));
  configure({options("acme")});
  time.run_for(3s);
  EXPECT_EQ(delivered(), 500u);
}

TEST_F(RecoveryTest, after_a_restart_into_the_outage_probes_watch_for_its_end) {
  fail_all(3);
  crash();
  configure({options("acme")});
  const std::size_t before = sender.sent().size();
  time.run_for(1min);
  EXPECT_GT(sender.sent().size(), before + 10);
  fail_until(1, answered(200));
  time.run_for(12s);
  EXPECT_EQ(delivered(), 3u);
}

TEST_F(RecoveryTest, the_backlog_goes_out_on_a_ramp) {
  fail_all(2000);
  fail_until(1, answered(200));
  const std::size_t before = sender.sent().size();
  while (delivered() == 0) {
    time.run_for(1ms);
  }
  time.run_for(100ms);
  EXPECT_LE(sender.sent().size(), before + 60);
  time.run_for(2s);
  EXPECT_EQ(delivered(), 2000u);
}

TEST_F(RecoveryTest, retry_after_holds_the_whole_destination) {
  configure({options("acme")});
  sender.behave = [](const SendRequest& request) {
    const bool throttled = request.event->body == "first" && request.attempt == 1;
    return std::optional(throttled ? answered(429, "30") : answered(200));
  };
  post("first");
  time.run_ready();
  const std::size_t before = sender.sent().size();
  post("second");
  time.run_for(29s);
  EXPECT_EQ(sender.sent().size(), before);
  time.run_for(3s);
  EXPECT_EQ(delivered(), 2u);
}

}  // namespace
}  // namespace spillway::delivery
