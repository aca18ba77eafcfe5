// A journal whose deliveries have ordering keys: what the tests of ordering ask of it.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "journal/purge.hpp"
#include "tests/unit/journal/journal_fixture.hpp"

namespace spillway::journal {

class EraseEvent final : public SyncedCommand<std::vector<OpenDelivery>> {
 public:
  EraseEvent(core::Executor& reply_to, Sequence sequence, Callback callback)
      : SyncedCommand(reply_to, std::move(callback)), sequence_(sequence) {}
  [[nodiscard]] bool alone() const override { return true; }

 private:
  core::Result<std::vector<OpenDelivery>> decide(Stage& stage) override {
    Opening news;
    const auto erased = erase_event(stage, sequence_, news);
    return erased ? core::Result<std::vector<OpenDelivery>>(std::move(news.unblocked))
                  : std::unexpected(erased.error());
  }

  Sequence sequence_;
};

class OrderingTest : public JournalTest {
 protected:
  Target target(DestinationNumber to, core::Order order, const std::string& key,
                std::string version = "") {
    return {to, order, writer_->hasher().ordering_key(key), std::move(version)};
  }

  NewEvent ordered_event(std::vector<Target> targets) {
    NewEvent fresh = event("body", {});
    fresh.targets = std::move(targets);
    return fresh;
  }

  std::unique_ptr<Settle> settle_into(Settlement made, Settled* out) {
    return std::make_unique<Settle>(executor_, std::move(made),
                                    [out](core::Result<Settled> outcome) {
                                      ASSERT_TRUE(outcome) << outcome.error().message;
                                      *out = *std::move(outcome);
                                    });
  }

  std::unique_ptr<Replay> replay_into(Sequence sequence, Rejoin rejoin, Opening* out) {
    return std::make_unique<Replay>(executor_, sequence, std::nullopt, std::vector<Target>{},
                                    rejoin, [out](core::Result<Opening> outcome) {
                                      ASSERT_TRUE(outcome) << outcome.error().message;
                                      *out = *std::move(outcome);
                                    });
  }

  std::unique_ptr<EraseEvent> erase_into(Sequence sequence, std::vector<OpenDelivery>* out) {
    return std::make_unique<EraseEvent>(executor_, sequence,
                                        [out](core::Result<std::vector<OpenDelivery>> outcome) {
                                          ASSERT_TRUE(outcome) << outcome.error().message;
                                          *out = *std::move(outcome);
                                        });
  }

  DeliveryRecord record(DeliveryRef ref) const { return **Reader(store_).delivery(ref); }

  static std::vector<Sequence> sequences(const std::vector<OpenDelivery>& deliveries) {
    std::vector<Sequence> found;
    for (const OpenDelivery& delivery : deliveries) {
      found.push_back(delivery.ref.sequence);
    }
    return found;
  }

  // What the index has to offer by now, in any order.
  std::vector<Sequence> due(DestinationNumber destination) const {
    std::vector<Sequence> found;
    const auto scan = Reader(store_).due(destination, core::Time{}, core::Time::max(), 100,
                                         [](DeliveryRef) { return false; });
    for (const DueDelivery& delivery : scan->deliveries) {
      found.push_back(delivery.ref.sequence);
    }
    std::ranges::sort(found);
    return found;
  }
};

}  // namespace spillway::journal
