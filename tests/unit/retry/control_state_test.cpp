#include "retry/control_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace spillway::retry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

core::EventId event(std::uint8_t number) {
  core::EventId id;
  id.bytes[3] = number;
  return id;
}

class ControlStateTest : public testing::Test {
 protected:
  void ask(const ControlRecord& record) { apply(record.encode()); }
  void apply(SpoolMessage message) {
    state_.apply({.partition = {}, .offset = 0, .appended = {}, .message = std::move(message)});
  }
  void void_copies(std::uint8_t number, const std::string& destination, std::uint32_t generation,
                   bool over = false) {
    ask({.asks =
             VoidCopies{
                 .event = event(number), .destination = destination, .generation = generation},
         .over = over});
  }
  void pause(const std::string& destination, bool paused, const std::string& reason = "") {
    ask({.asks = PauseEverywhere{
             .destination = destination, .paused = paused, .reason = reason, .node = "n"}});
  }

  std::vector<std::string> told_;
  ControlState state_{[this](const PauseEverywhere& asks) {
    told_.push_back(asks.destination + (asks.paused ? " paused " : " resumed ") + asks.reason);
  }};
};

TEST_F(ControlStateTest, voids_copies_of_a_generation_and_those_before) {
  void_copies(1, "acme", 3);
  EXPECT_TRUE(state_.is_void(event(1), "acme", 1));
  EXPECT_TRUE(state_.is_void(event(1), "acme", 3));
  EXPECT_FALSE(state_.is_void(event(1), "acme", 4));
  EXPECT_FALSE(state_.is_void(event(1), "backup", 1));
  EXPECT_FALSE(state_.is_void(event(2), "acme", 1));
  EXPECT_TRUE(state_.is_named_void(event(1), "acme", 3));
  EXPECT_FALSE(state_.is_named_void(event(1), "acme", 2));
}

TEST_F(ControlStateTest, forgets_what_is_over_and_keeps_what_is_asked_of_another_generation) {
  void_copies(1, "acme", 1);
  void_copies(1, "acme", 2);
  void_copies(1, "acme", 1, true);
  EXPECT_TRUE(state_.is_void(event(1), "acme", 1));
  EXPECT_TRUE(state_.is_void(event(1), "acme", 2));
  void_copies(1, "acme", 2, true);
  EXPECT_FALSE(state_.is_void(event(1), "acme", 1));
  EXPECT_EQ(state_.voids(), 0U);
}

TEST_F(ControlStateTest, tells_what_is_paused_when_that_changes) {
  state_.set_caught_up(true);
  pause("acme", false);
  pause("acme", true, "down");
  pause("acme", true, "down");
  pause("acme", true, "still down");
  pause("backup", true);
  pause("acme", false, "up");
  EXPECT_THAT(told_, ElementsAre("acme paused down", "acme paused still down", "backup paused ",
                                 "acme resumed up"));
  ASSERT_EQ(state_.paused().size(), 1U);
  EXPECT_EQ(state_.paused().begin()->first, "backup");
  ask({.asks = PauseEverywhere{.destination = "backup", .paused = false, .reason = "", .node = ""},
       .over = true});
  EXPECT_THAT(state_.paused(), IsEmpty());
}

TEST_F(ControlStateTest, a_resume_of_which_the_pause_is_forgotten_is_told_at_the_start) {
  pause("acme", false, "up");
  EXPECT_THAT(told_, ElementsAre("acme resumed up"));
  EXPECT_THAT(state_.paused(), IsEmpty());
}

TEST_F(ControlStateTest, goes_on_after_what_it_cannot_understand) {
  apply({.key = "reload/everything", .headers = {}, .value = "1"});
  void_copies(1, "acme", 1);
  EXPECT_TRUE(state_.is_void(event(1), "acme", 1));
}

}  // namespace
}  // namespace spillway::retry
