#include "delivery/judgement.hpp"

#include <gtest/gtest.h>

namespace spillway::delivery {
namespace {

using namespace std::chrono_literals;
using core::DeliveryState;
using core::Outcome;
using core::Reason;

const core::Time kNow = core::from_micros(1'790'000'000'000'000);

journal::OpenDelivery delivery(std::uint32_t attempts = 0) {
  journal::OpenDelivery made;
  made.ref = {7, 3};
  made.record.generation = 2;
  made.record.attempts = attempts;
  made.record.accepted = made.record.opened = kNow - 1s;
  return made;
}

SendResult answer(std::uint16_t status, std::string retry_after = "") {
  SendResult result;
  result.status = status;
  result.retry_after = std::move(retry_after);
  result.excerpt = "said";
  result.took = 4ms;
  return result;
}

SendResult failure(bool nothing_sent) {
  SendResult result;
  result.failure = SendFailure{nothing_sent, "connection reset"};
  return result;
}

Judgement judged(SendResult result, const DestinationOptions& options = {}) {
  return judge(options, delivery(), std::move(result), {kNow - 5ms, kNow, {}, 0});
}

TEST(Judgement, any_2xx_delivers) {
  for (const std::uint16_t status : std::initializer_list<std::uint16_t>{200, 202, 204, 299}) {
    const Judgement judgement = judged(answer(status));
    EXPECT_EQ(judgement.settlement.state, DeliveryState::delivered);
    EXPECT_EQ(judgement.settlement.attempt.outcome, Outcome::delivered);
  }
}

TEST(Judgement, records_the_attempt_under_its_generation) {
  const journal::Settlement settlement = judged(answer(200)).settlement;
  EXPECT_EQ(settlement.ref, (journal::DeliveryRef{7, 3}));
  EXPECT_EQ(settlement.generation, 2u);
  EXPECT_EQ(settlement.attempts, 1u);
  EXPECT_EQ(settlement.attempt.number, 1u);
  EXPECT_EQ(settlement.attempt.generation, 2u);
  EXPECT_EQ(settlement.attempt.started, kNow - 5ms);
  EXPECT_EQ(settlement.attempt.took, 4ms);
  EXPECT_EQ(settlement.attempt.status, 200);
  EXPECT_EQ(settlement.attempt.excerpt, "said");
}

TEST(Judgement, a_redirect_is_a_failure) {
  const Judgement judgement = judged(answer(302));
  EXPECT_EQ(judgement.settlement.state, DeliveryState::pending);
  EXPECT_EQ(judgement.settlement.attempt.outcome, Outcome::deferred);
  EXPECT_EQ(judgement.settlement.due, kNow + 1s);
}

TEST(Judgement, gone_pauses_the_destination_and_gives_nothing_up) {
  DestinationOptions options;
  options.retry.give_up_after = 1s;
  options.retry.on_4xx = On4xx::dead;
  options.ttl = 1s;
  const Judgement judgement = judged(answer(410), options);
  EXPECT_TRUE(judgement.pause_destination);
  EXPECT_EQ(judgement.settlement.state, DeliveryState::pending);
}

TEST(Judgement, on_4xx_decides_over_other_4xx) {
  DestinationOptions options;
  EXPECT_EQ(judged(answer(422), options).settlement.state, DeliveryState::pending);
  options.retry.on_4xx = On4xx::dead;
  const Judgement rejected = judged(answer(422), options);
  EXPECT_EQ(rejected.settlement.state, DeliveryState::dead);
  EXPECT_EQ(rejected.settlement.reason, Reason::rejected);
  EXPECT_EQ(rejected.settlement.attempt.outcome, Outcome::rejected);
}

TEST(Judgement, an_answer_that_asks_for_another_try_gets_one) {
  DestinationOptions options;
  options.retry.on_4xx = On4xx::dead;
  for (const std::uint16_t status : std::initializer_list<std::uint16_t>{408, 425, 429, 500, 503}) {
    EXPECT_EQ(judged(answer(status), options).settlement.state, DeliveryState::pending) << status;
  }
}

TEST(Judgement, retry_after_extends_whatever_the_status) {
  for (const std::uint16_t status : std::initializer_list<std::uint16_t>{301, 404, 429, 500, 503}) {
    EXPECT_EQ(judged(answer(status, "120")).settlement.due, kNow + 120s) << status;
  }
  EXPECT_EQ(judged(answer(503, "soon")).settlement.due, kNow + 1s);
}

TEST(Judgement, tells_what_was_not_sent_from_what_may_have_arrived) {
  const Judgement refused = judged(failure(true));
  EXPECT_EQ(refused.settlement.attempt.outcome, Outcome::deferred);
  EXPECT_EQ(refused.settlement.attempt.error, "connection reset");
  EXPECT_FALSE(refused.may_repeat);
  const Judgement lost = judged(failure(false));
  EXPECT_EQ(lost.settlement.attempt.outcome, Outcome::unknown);
  EXPECT_TRUE(lost.may_repeat);
}

TEST(Judgement, what_is_given_up_on_is_no_repeat) {
  DestinationOptions options;
  options.retry.give_up_after = 1s;
  const Judgement judgement = judged(failure(false), options);
  EXPECT_EQ(judgement.settlement.state, DeliveryState::dead);
  EXPECT_EQ(judgement.settlement.reason, Reason::exhausted);
  EXPECT_FALSE(judgement.may_repeat);
}

TEST(Judgement, what_is_over_is_ended_without_an_attempt) {
  DestinationOptions options;
  options.ttl = 30s;
  options.retry.give_up_after = 5s;
  const journal::OpenDelivery waiting = delivery(3);
  const auto end_after = [&](core::Duration age, bool down, std::uint32_t attempts = 3) {
    const Progress progress{attempts, waiting.record.opened, {}, waiting.record.opened + age};
    return end_without_attempt(options, waiting, progress, down);
  };
  EXPECT_FALSE(end_after(5s, true));
  EXPECT_FALSE(end_after(9s, false));
  const auto exhausted = end_after(9s, true);
  ASSERT_TRUE(exhausted);
  EXPECT_EQ(exhausted->state, DeliveryState::dead);
  EXPECT_EQ(exhausted->reason, Reason::exhausted);
  EXPECT_FALSE(end_after(9s, true, 0));  // a replay, for instance: it is to be tried once
  EXPECT_TRUE(end_after(16s, true, 0));
  const auto expired = end_after(30s, false);
  ASSERT_TRUE(expired);
  EXPECT_EQ(expired->state, DeliveryState::expired);
  EXPECT_EQ(expired->reason, Reason::ttl);
  EXPECT_EQ(expired->attempts, 3u);
  EXPECT_EQ(expired->attempt.number, 0u);
}

}  // namespace
}  // namespace spillway::delivery
