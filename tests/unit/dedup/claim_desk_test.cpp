// The claim desk against a store that answers late, wrongly or never.
#include "dedup/claim_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/random.hpp"
#include "tests/support/virtual_time.hpp"

namespace spillway::dedup {
namespace {

using namespace std::chrono_literals;
using delivery::Claim;
using testing::ElementsAre;

// Keys in memory; how it answers is ordered.
class FakeStore final : public ClaimStore {
 public:
  enum class Mood { answers, fails, hangs };

  explicit FakeStore(support::VirtualTime& time) : executor_(time), time_(&time) {}

  void claim(std::string key, std::string holder, core::Duration, ClaimCallback callback) override {
    ++claims;
    const std::string& now = holders.try_emplace(std::move(key), std::move(holder)).first->second;
    answer(std::move(callback), core::Result<std::string>(now));
  }
  void ping(PingCallback callback) override {
    ++pings;
    answer(std::move(callback), core::Result<void>());
  }

  Mood mood = Mood::answers;
  core::Duration latency = 1ms;
  std::map<std::string, std::string> holders;
  int claims = 0;
  int pings = 0;

 private:
  template <class Callback, class Result>
  void answer(Callback callback, Result result) {
    if (mood == Mood::hangs) {
      return;
    }
    if (mood == Mood::fails) {
      result = core::fail(core::ErrorCode::unavailable, "ordered to fail");
    }
    executor_.run_at(time_->now() + latency,
                     [tell = std::move(callback), said = std::move(result)]() mutable {
                       tell(std::move(said));
                     });
  }

  support::VirtualExecutor executor_;
  support::VirtualTime* time_;
};

class ClaimDeskTest : public testing::Test {
 protected:
  // One node's desk among several.
  ClaimDesk& desk(const std::string& node) {
    desks_.push_back(
        std::make_unique<ClaimDesk>(executor_, time_, store_, probe_, ClaimDeskOptions{node, 5ms}));
    desks_.back()->start();
    time_.run_for(10ms);
    return *desks_.back();
  }

  core::Event event(std::uint8_t key) {
    core::Event made;
    made.id = core::EventId::make(time_.now(), 1, random_);
    made.claim = core::ClaimKey{};
    made.claim->hash.fill(key);
    made.claim->window = 72h;
    return made;
  }

  void claim(ClaimDesk& desk, const core::Event& event) {
    desk.claim(event, [this](Claim claim) { claims_.push_back(claim); });
  }
  double up() { return registry_.gauge("spillway_redis_up", "").value(); }

  support::VirtualTime time_;
  support::VirtualExecutor executor_{time_};
  core::SeededRandom random_{1};
  core::Registry registry_;
  ClaimProbe probe_{registry_};
  FakeStore store_{time_};
  std::vector<std::unique_ptr<ClaimDesk>> desks_;
  std::vector<Claim> claims_;
};

TEST_F(ClaimDeskTest, the_first_of_two_nodes_wins_and_wins_again) {
  ClaimDesk& one = desk("one");
  ClaimDesk& two = desk("two");
  const core::Event at_one = event(7);
  const core::Event at_two = event(7);
  claim(one, at_one);
  time_.run_for(5ms);
  claim(two, at_two);
  time_.run_for(5ms);
  claim(one, at_one);  // after a restart, or for its second destination
  claim(two, event(8));
  time_.run_for(5ms);
  EXPECT_THAT(claims_, ElementsAre(Claim::won, Claim::lost, Claim::won, Claim::won));
  EXPECT_EQ(probe_.lost.value(), 1U);
}

TEST_F(ClaimDeskTest, a_late_answer_counts_for_nothing) {
  ClaimDesk& one = desk("one");
  store_.latency = 20ms;
  claim(one, event(7));
  time_.run_for(4ms);
  EXPECT_TRUE(claims_.empty());
  time_.run_for(2ms);
  EXPECT_THAT(claims_, ElementsAre(Claim::unavailable));
  time_.run_for(1s);
  EXPECT_EQ(claims_.size(), 1U);
}

TEST_F(ClaimDeskTest, a_store_that_hangs_is_not_asked_until_a_ping_is_answered) {
  ClaimDesk& one = desk("one");
  EXPECT_EQ(up(), 1);
  store_.mood = FakeStore::Mood::hangs;
  for (std::uint8_t i = 0; i < 10; ++i) {
    claim(one, event(i));
    time_.run_for(6ms);
  }
  EXPECT_EQ(claims_, std::vector(10, Claim::unavailable));
  EXPECT_EQ(store_.claims, StoreHealth::kFailuresMax);
  EXPECT_EQ(up(), 0);
  time_.run_for(10s);
  EXPECT_EQ(up(), 0);
  store_.mood = FakeStore::Mood::answers;
  time_.run_for(3s);
  EXPECT_EQ(up(), 1);
  claims_.clear();
  claim(one, event(99));
  time_.run_for(5ms);
  EXPECT_THAT(claims_, ElementsAre(Claim::won));
}

TEST_F(ClaimDeskTest, errors_are_no_verdict) {
  ClaimDesk& one = desk("one");
  store_.mood = FakeStore::Mood::fails;
  claim(one, event(1));
  time_.run_for(5ms);
  EXPECT_THAT(claims_, ElementsAre(Claim::unavailable));
  store_.mood = FakeStore::Mood::answers;
  claim(one, event(2));
  time_.run_for(5ms);
  EXPECT_THAT(claims_, ElementsAre(Claim::unavailable, Claim::won));
}

TEST_F(ClaimDeskTest, what_is_asked_at_the_start_waits_for_the_first_ping) {
  store_.latency = 200ms;
  ClaimDesk one(executor_, time_, store_, probe_, {"one", 5ms});
  one.start();
  claim(one, event(1));
  time_.run_for(100ms);
  EXPECT_TRUE(claims_.empty());
  store_.latency = 1ms;
  time_.run_for(110ms);
  EXPECT_THAT(claims_, ElementsAre(Claim::won));
}

TEST_F(ClaimDeskTest, without_a_store_at_the_start_nobody_waits_longer_than_a_ping_may_take) {
  store_.mood = FakeStore::Mood::hangs;
  ClaimDesk one(executor_, time_, store_, probe_, {"one", 5ms});
  one.start();
  claim(one, event(1));
  time_.run_for(ClaimDesk::kPingTimeout + 1ms);
  EXPECT_THAT(claims_, ElementsAre(Claim::unavailable));
  EXPECT_EQ(up(), 0);
}

TEST_F(ClaimDeskTest, stopped_it_leaves_nobody_waiting) {
  store_.mood = FakeStore::Mood::hangs;
  ClaimDesk one(executor_, time_, store_, probe_, {"one", 5ms});
  one.start();
  claim(one, event(1));
  one.stop();
  claim(one, event(2));
  time_.run_ready();
  EXPECT_EQ(claims_, std::vector(2, Claim::unavailable));
}

}  // namespace
}  // namespace spillway::dedup
