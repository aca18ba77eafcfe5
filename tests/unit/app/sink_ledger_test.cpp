#include "app/sink_ledger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/event_id.hpp"

namespace spillway::app {
namespace {

using testing::HasSubstr;

TEST(SinkLedger, counts_a_repeat_once_as_distinct) {
  SinkLedger ledger(10);
  ledger.take("a");
  ledger.take("b");
  ledger.take("a");
  EXPECT_EQ(ledger.distinct(), 2U);
  EXPECT_EQ(ledger.duplicates(), 1U);
  EXPECT_EQ(ledger.received_json(), R"({"distinct":2,"ids":["a","b"]})");
}

TEST(SinkLedger, forgets_the_oldest_id_when_it_has_too_many) {
  SinkLedger ledger(2);
  for (const char* id : {"a", "b", "c", "c", "a"}) {
    ledger.take(id);
  }
  EXPECT_EQ(ledger.duplicates(), 1U);
  EXPECT_EQ(ledger.distinct(), 4U);
}

TEST(SinkLedger, notices_events_older_than_one_before_them) {
  SinkLedger ledger(10);
  core::SeededRandom random(1);
  const core::Time now{std::chrono::seconds(1'790'000'000)};
  const std::string early = core::EventId::make(now, 0, random).to_string();
  const std::string late =
      core::EventId::make(now + std::chrono::seconds(1), 0, random).to_string();
  ledger.take(early);
  ledger.take(late);
  EXPECT_EQ(ledger.out_of_order(), 0U);
  SinkLedger reversed(10);
  reversed.take(late);
  reversed.take(early);
  reversed.take(early);
  EXPECT_EQ(reversed.out_of_order(), 1U);
}

TEST(SinkLedger, tells_no_more_ids_than_it_may) {
  SinkLedger ledger(1);
  for (std::size_t i = 0; i <= SinkLedger::kListedMax; ++i) {
    ledger.take("id-" + std::to_string(i));
  }
  EXPECT_THAT(ledger.received_json(), HasSubstr(R"("ids":["id-1",)"));
  EXPECT_THAT(ledger.stats_json(), HasSubstr(R"("distinct":10001)"));
}

}  // namespace
}  // namespace spillway::app
