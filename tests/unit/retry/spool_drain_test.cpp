#include "retry/spool_drain.hpp"

#include "retry/spool_record.hpp"
#include "tests/support/fake_writer.hpp"
#include "tests/unit/delivery/engine_harness.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace spillway::retry {
namespace {

using namespace std::chrono_literals;

class SpoolDrainTest : public testing::Test, protected delivery::EngineHarness {
 protected:
  SpoolDrainTest() { registered({options("acme"), options("backup")}); }

  // The first `count` events, to both destinations.
  void accept(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      journal.accept("body " + std::to_string(i), {1, 2});
    }
  }

  std::optional<Drained> run(core::Duration limit) {
    std::optional<Drained> drained;
    drain.start(time.now() + limit, [&](core::Result<Drained> done) { drained = done.value(); });
    time.run_for(limit + 1s);
    return drained;
  }

  FakeWriter writer;
  std::atomic<bool> open{true};
  HandOverProbe probe_of_hand_overs{registry};
  HandOverDesk desk{{.executor = executor,
                     .clock = time,
                     .commands = journal,
                     .writer = writer,
                     .probe = probe_of_hand_overs,
                     .open = open,
                     .topics = Topics("spillway"),
                     .node = "n1",
                     .taken_back = [this](const std::vector<journal::OpenDelivery>& taken) {
                       drain.came_back(taken.size());
                     }}};
  SpoolDrain drain{{.executor = executor,
                    .clock = time,
                    .store = journal.store(),
                    .desk = desk,
                    .body_bytes_max = 100}};
};

TEST_F(SpoolDrainTest, all_that_waits_goes_whatever_its_due_time) {
  accept(300);
  const auto drained = run(1min);
  ASSERT_TRUE(drained);
  EXPECT_TRUE(drained->finished);
  EXPECT_EQ(drained->handed_over, 600u);
  EXPECT_EQ(writer.written.size(), 600u);
  EXPECT_EQ(writer.written[0].topic, "spillway-retry-30000");
  EXPECT_EQ(SpoolRecord::decode(writer.written[0].message)->attempts, 0u);
  const auto kafka =
      journal::Reader(journal.store()).handed(core::Custody::kafka, std::nullopt, 1000);
  EXPECT_EQ(kafka->size(), 600u);
}

TEST_F(SpoolDrainTest, what_does_not_fit_stays) {
  accept(3);
  journal.accept(std::string(101, 'x'), {1});
  const auto drained = run(1min);
  ASSERT_TRUE(drained && drained->finished);
  EXPECT_EQ(drained->handed_over, 6u);
  EXPECT_EQ(drained->too_large, 1u);
}

TEST_F(SpoolDrainTest, what_the_log_refuses_is_tried_again_and_counted_once) {
  accept(5);
  writer.failures = 4;
  const auto drained = run(1min);
  ASSERT_TRUE(drained && drained->finished);
  EXPECT_EQ(drained->handed_over, 10u);
  EXPECT_EQ(writer.written.size(), 14u);
}

TEST_F(SpoolDrainTest, without_the_log_it_gives_up_at_its_deadline) {
  accept(5);
  writer.takes_any = false;
  const auto drained = run(10s);
  ASSERT_TRUE(drained);
  EXPECT_FALSE(drained->finished);
  EXPECT_EQ(drained->handed_over, 0u);
}

}  // namespace
}  // namespace spillway::retry
