// What destinations that are slow or hang leave of the budget of bodies to a neighbour that needs
// some of it for a tenth of a second each time.
#include "tests/unit/delivery/engine_harness.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

namespace spillway::delivery {
namespace {

using namespace std::chrono_literals;
using support::answered;

constexpr std::size_t kBudgetBytes = 1 << 20;
constexpr std::size_t kBodyBytes = 4'000;  // of the neighbour's, 20 of which must be under way

class NeighbourTest : public EngineHarness, public testing::Test {
 protected:
  NeighbourTest() : EngineHarness(kBudgetBytes) {}

  // The neighbour's number is 1, those of the others follow.
  void configure_with(std::size_t others) {
    std::vector<DestinationOptions> all{options("neighbour")};
    for (std::size_t i = 0; i < others; ++i) {
      all.push_back(options("grey" + std::to_string(i)));
    }
    configure(all);
    sender.behave = [this](const SendRequest& request) {
      const bool neighbour = request.destination->number == 1;
      sender.latency = neighbour ? 100ms : latency_;
      return neighbour || !hang_ ? std::optional(answered(200)) : std::nullopt;
    };
    post_to_all(others, 1, "quick");
    (void)longest_wait();  // until its limit is as high as it needs
  }

  // So many events for each of the others, while those answer so or not at all.
  void post_to_all(std::size_t others, std::size_t events, const std::string& body) {
    for (std::size_t i = 0; i < events; ++i) {
      for (std::size_t other = 0; other < others; ++other) {
        post(body, static_cast<journal::DestinationNumber>(2 + other));
      }
      time.run_ready();
    }
  }
  void answer_after(core::Duration latency) { latency_ = latency; }
  void hang_from_now_on() { hang_ = true; }

  // What its deliveries waited for at most, when there are 200 a second of them for a while.
  core::Duration longest_wait() {
    constexpr int kEvents = 1000;
    const std::size_t sent_before = sender.sent().size();
    std::map<std::string, core::Time> posted;
    for (int i = 0; i < kEvents; ++i) {
      std::string body = numbered(i);
      body.resize(kBodyBytes, ' ');
      posted[body] = time.now();
      post(body);
      time.run_for(5ms);
    }
    time.run_for(1s);
    core::Duration longest{};
    int sent = 0;
    for (std::size_t i = sent_before; i < sender.sent().size(); ++i) {
      const support::FakeSender::Sent& one = sender.sent()[i];
      if (one.destination == 1) {
        longest = std::max(longest, one.at - posted.at(one.body));
        ++sent;
      }
    }
    return sent == kEvents ? longest : core::Duration::max();
  }

 private:
  core::Duration latency_ = 10ms;
  bool hang_ = false;
};

TEST_F(NeighbourTest, one_that_is_slow_with_large_bodies_leaves_it_what_it_needs) {
  configure_with(1);
  answer_after(10s);
  post_to_all(1, 200, std::string(100'000, 'x'));
  EXPECT_LE(longest_wait(), 10ms);
  EXPECT_LE(bodies.used(), kBudgetBytes / 4);
}

TEST_F(NeighbourTest, one_that_hangs_with_large_bodies_leaves_it_what_it_needs) {
  configure_with(1);
  hang_from_now_on();
  post_to_all(1, 200, std::string(100'000, 'x'));
  EXPECT_LE(longest_wait(), 10ms);
  EXPECT_LE(bodies.used(), kBudgetBytes / 4);
}

TEST_F(NeighbourTest, many_that_are_slow_leave_it_what_it_needs) {
  configure_with(300);
  answer_after(10s);
  post_to_all(300, 20, std::string(4'000, 'x'));
  time.run_for(11s);  // it is known now that they are slow
  EXPECT_LE(longest_wait(), 10ms);
  EXPECT_LE(bodies.used(), kBudgetBytes / 2);
}

TEST_F(NeighbourTest, many_that_were_quick_and_hang_leave_it_what_it_needs) {
  configure_with(100);
  hang_from_now_on();
  for (int i = 0; i < 20; ++i) {
    post_to_all(100, 1, std::string(1'000, 'x'));
    time.run_for(200ms);
  }
  EXPECT_LE(longest_wait(), 10ms);
}

}  // namespace
}  // namespace spillway::delivery
