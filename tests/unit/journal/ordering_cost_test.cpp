// What deliveries in an order cost the committer depends on their key, not on how many wait, of
// that key or of others.
#include "tests/unit/journal/ordering_harness.hpp"

namespace spillway::journal {
namespace {

using core::DeliveryState;
using core::Order;

// Counts the rows that are looked at.
class CountingStore final : public Store {
 public:
  explicit CountingStore(Store& store) : store_(store) {}
  core::Result<void> write(const WriteBatch& batch, CommitMark mark) override {
    return store_.write(batch, mark);
  }
  core::Result<void> sync() override { return store_.sync(); }
  [[nodiscard]] std::unique_ptr<View> view() const override { return store_.view(); }
  [[nodiscard]] core::Result<std::optional<std::string>> get(Table table,
                                                             std::string_view key) const override {
    ++reads_;
    return store_.get(table, key);
  }
  core::Result<void> scan(Table table, std::string_view from, std::string_view to,
                          Direction direction, const ScanVisitor& visitor) const override {
    ++reads_;
    return store_.scan(table, from, to, direction, [&](std::string_view key, std::string_view row) {
      ++reads_;
      return visitor(key, row);
    });
  }
  [[nodiscard]] std::uint64_t disk_bytes() const override { return store_.disk_bytes(); }
  [[nodiscard]] std::uint64_t rewrite_bytes() const override { return store_.rewrite_bytes(); }
  void reclaim(Table, std::string_view, std::string_view) override {}
  [[nodiscard]] std::uint64_t claimed_synced() const override { return 0; }

  [[nodiscard]] std::size_t reads() const { return reads_; }

 private:
  Store& store_;
  mutable std::size_t reads_ = 0;
};

class OrderingCostTest : public OrderingTest {
 protected:
  // So many wait, those of other keys in keys of their own. Returns the first.
  OpenDelivery let_wait(std::size_t count, Order order, const std::string& key) {
    std::optional<OpenDelivery> first;
    for (std::size_t done = 0; done < count;) {
      std::vector<NewEvent> events;
      std::vector<AcceptedEvent> accepted;
      for (; done < count && events.size() < 500; ++done) {
        const std::string own = key.empty() ? std::to_string(done) : key;
        events.push_back(ordered_event({target(acme_, order, own)}));
      }
      commit(accept(std::move(events), &accepted));
      first = first ? first : accepted.at(0).opened.at(0);
    }
    return *first;
  }

  // What the process after this one reads of the store for a command.
  template <class Act>
  std::size_t reads_of(Act act) {
    CountingStore counting(store_);
    commit_.reset();
    writer_ = *Writer::open(counting, {}, random_);
    commit_ = std::make_unique<GroupCommit>(*writer_);
    const std::size_t before = counting.reads();
    act();
    const std::size_t reads = counting.reads() - before;
    reopen();
    return reads;
  }

  DestinationNumber acme_ = destination("acme");
};

TEST_F(OrderingCostTest, a_first_version_costs_what_it_costs_however_many_wait) {
  const auto accept_version = [this](const std::string& key) {
    const NewEvent fresh = ordered_event({target(acme_, Order::latest, key, "1")});
    return reads_of([&] { EXPECT_EQ(accept_one(fresh).opened.size(), 1U); });
  };
  let_wait(10, Order::latest, "few");
  const std::size_t few = accept_version("few");
  let_wait(10'000, Order::latest, "many");
  EXPECT_EQ(accept_version("many"), few);
  let_wait(10'000, Order::latest, "");  // of other keys
  EXPECT_EQ(accept_version("none"), few);
}

TEST_F(OrderingCostTest, a_turn_costs_what_it_costs_however_many_wait) {
  const auto settle_first = [this](const OpenDelivery& first) {
    return reads_of([&] { EXPECT_TRUE(settle_now(first, DeliveryState::delivered)); });
  };
  const std::size_t few = settle_first(let_wait(10, Order::per_key, "few"));
  let_wait(10'000, Order::per_key, "");
  EXPECT_LE(settle_first(let_wait(10'000, Order::per_key, "many")), few);
}

}  // namespace
}  // namespace spillway::journal
