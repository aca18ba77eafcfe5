#include "retry/ledger_books.hpp"

#include "journal/custody.hpp"
#include "journal/reader.hpp"
#include "tests/support/memory_journal.hpp"
#include "tests/support/virtual_time.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace spillway::retry {
namespace {

using core::DeliveryState;

class LedgerBooksTest : public testing::Test {
 protected:
  LedgerBooksTest() {
    journal.register_names({"acme"});
    delivery = journal.accept("hello", {1}).opened.front();
    time.run_ready();
  }

  std::unique_ptr<LedgerBooks> books(std::int32_t partition) {
    return std::make_unique<LedgerBooks>(executor, time, journal.store(), journal,
                                         "spillway-ledger", partition);
  }

  void hand_over() {
    journal.submit(std::make_unique<journal::HandOver>(
        executor, journal::GenerationRef{delivery.ref, 1}, [](const core::Result<bool>&) {}));
    time.run_ready();
  }

  FateRecord fate(DeliveryState state) {
    FateRecord record;
    record.event = journal.last_event()->id;
    record.destination = "acme";
    record.state = state;
    record.attempts = 1;
    return record;
  }

  support::VirtualTime time;
  support::VirtualExecutor executor{time};
  support::MemoryJournal journal{time};
  journal::OpenDelivery delivery;
};

TEST_F(LedgerBooksTest, fates_are_applied_in_order_and_reading_goes_on_behind_them) {
  hand_over();
  const auto ledger = books(3);
  EXPECT_EQ(ledger->begin().value(), 0);
  int done = 0;
  ledger->take(fate(DeliveryState::pending), 7, [&] { ++done; });
  ledger->take(fate(DeliveryState::delivered), 9, [&] { ++done; });
  EXPECT_EQ(done, 0);
  time.run_ready();
  EXPECT_EQ(done, 2);
  EXPECT_EQ(journal.delivery(delivery.ref).state, DeliveryState::delivered);
  journal.crash();
  EXPECT_EQ(books(3)->begin().value(), 10);
}

TEST_F(LedgerBooksTest, a_ledger_that_moved_is_refused_while_fates_are_awaited) {
  EXPECT_EQ(books(3)->begin().value(), 0);
  time.run_ready();
  hand_over();
  const auto elsewhere = books(4)->begin();
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().code, core::ErrorCode::conflict);
  EXPECT_NE(elsewhere.error().message.find("partition 3 of spillway-ledger"), std::string::npos);
  journal.submit(std::make_unique<journal::TakeBack>(
      executor, std::vector{journal::GenerationRef{delivery.ref, 1}},
      [](const core::Result<std::vector<journal::OpenDelivery>>&) {}));
  time.run_ready();
  EXPECT_EQ(books(4)->begin().value(), 0);
}

}  // namespace
}  // namespace spillway::retry
