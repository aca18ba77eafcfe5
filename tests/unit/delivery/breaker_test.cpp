#include "delivery/breaker.hpp"

#include <gtest/gtest.h>

#include <set>

namespace spillway::delivery {
namespace {

using namespace std::chrono_literals;
using State = Breaker::State;

class BreakerTest : public testing::Test {
 protected:
  bool fail(journal::Sequence sequence, core::Duration ask_again = {}) {
    return breaker.failed({.began = now, .now = now, .sequence = sequence, .ask_again = ask_again});
  }
  // As a destination does that goes down: distinct deliveries fail one after another.
  void open() {
    for (journal::Sequence sequence = 1; breaker.state() == State::closed; ++sequence) {
      ASSERT_LE(sequence, 100u);
      fail(sequence);
    }
  }
  // Lets the probe fail as soon as it may be made; returns the wait for it.
  core::Duration probe_and_fail() {
    const core::Duration wait = breaker.probe_at() - now;
    EXPECT_FALSE(breaker.allows(breaker.probe_at() - 1us, 50));
    now = breaker.probe_at();
    EXPECT_TRUE(breaker.allows(now, 50));
    breaker.started();
    EXPECT_FALSE(breaker.allows(now, 51));
    fail(50);
    return wait;
  }

  core::Time now = core::from_micros(1'790'000'000'000'000);
  Breaker breaker{0};
};

TEST_F(BreakerTest, opens_after_several_failures_in_a_row) {
  for (journal::Sequence sequence = 1; sequence < Breaker::kFailuresMax; ++sequence) {
    EXPECT_FALSE(fail(sequence));
  }
  EXPECT_TRUE(fail(9));
  EXPECT_EQ(breaker.state(), State::open);
  EXPECT_FALSE(breaker.allows(now, 10));
}

TEST_F(BreakerTest, one_that_mostly_works_stays_closed_through_a_run_of_bad_luck) {
  for (int i = 0; i < 50; ++i) {
    breaker.succeeded(now);
  }
  for (journal::Sequence sequence = 1; sequence <= 8; ++sequence) {
    EXPECT_FALSE(fail(sequence));
  }
  open();  // but not for ever
  EXPECT_EQ(breaker.state(), State::open);
}

TEST_F(BreakerTest, where_little_is_sent_few_failures_are_enough_if_they_span_some_time) {
  EXPECT_FALSE(fail(1));
  now += 1s;
  EXPECT_FALSE(fail(1));
  now += 4s;
  EXPECT_TRUE(fail(1));
}

TEST_F(BreakerTest, probes_come_a_tenth_of_the_outage_apart_between_one_and_ten_seconds) {
  open();
  EXPECT_EQ(probe_and_fail(), 1s);
  while (now - breaker.failing_since() < 30s) {
    EXPECT_LE(probe_and_fail(), 3s);
  }
  while (now - breaker.failing_since() < 200s) {
    probe_and_fail();
  }
  EXPECT_EQ(probe_and_fail(), 10s);
}

TEST_F(BreakerTest, a_probe_comes_no_sooner_than_the_destination_asked) {
  open();
  now = breaker.probe_at();
  breaker.started();
  fail(50, 30s);
  EXPECT_EQ(breaker.probe_at(), now + 30s);
}

TEST_F(BreakerTest, any_success_closes_it) {
  open();
  EXPECT_TRUE(breaker.succeeded(now));
  EXPECT_EQ(breaker.state(), State::closed);
  EXPECT_FALSE(breaker.succeeded(now));
}

TEST_F(BreakerTest, attempts_from_before_it_closed_do_not_open_it_again) {
  const core::Time before = now;
  open();
  now += 1min;
  breaker.succeeded(now);
  for (journal::Sequence sequence = 1; sequence <= 50; ++sequence) {
    EXPECT_FALSE(breaker.failed({.began = before, .now = now, .sequence = sequence}));
  }
  EXPECT_EQ(breaker.state(), State::closed);
}

TEST_F(BreakerTest, a_probe_that_was_no_attempt_is_made_again) {
  open();
  now = breaker.probe_at();
  breaker.started();
  EXPECT_EQ(breaker.state(), State::half_open);
  breaker.dropped(now + 3s);
  EXPECT_EQ(breaker.state(), State::open);
  EXPECT_EQ(breaker.probe_at(), now + 3s);
}

TEST_F(BreakerTest, one_bad_delivery_does_not_keep_the_others_waiting) {
  for (int i = 0; i < Breaker::kFailuresMax; ++i) {
    fail(1);
  }
  ASSERT_EQ(breaker.state(), State::open);
  EXPECT_FALSE(breaker.allows(now, 1));
  EXPECT_TRUE(breaker.allows(now, 2));
  breaker.started();
  fail(2);  // it is not only that one
  EXPECT_FALSE(breaker.allows(now, 3));
}

TEST_F(BreakerTest, destinations_that_fail_together_are_not_probed_in_step) {
  std::set<core::Time> probes;
  for (std::uint32_t number = 1; number <= 100; ++number) {
    Breaker one(number);
    one.failed({.began = now, .now = now, .sequence = 1, .probe = true});
    EXPECT_GE(one.probe_at(), now + Breaker::kProbePauseMin);
    EXPECT_LE(one.probe_at(), now + Breaker::kProbePauseMin * 6 / 5);
    probes.insert(one.probe_at());
  }
  EXPECT_EQ(probes.size(), 100u);
}

TEST_F(BreakerTest, an_early_probe_that_fails_opens_it_at_once) {
  EXPECT_TRUE(breaker.failed({.began = now, .now = now, .sequence = 1, .probe = true}));
}

}  // namespace
}  // namespace spillway::delivery
