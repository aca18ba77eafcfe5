// Random sequences of everything that opens, ends, parks and erases ordered deliveries, with
// crashes between batches, against a model that says in plain words what the order of a key is.
#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "journal/keys.hpp"
#include "journal/retention.hpp"
#include "journal/versions.hpp"
#include "tests/unit/journal/ordering_harness.hpp"

namespace spillway::journal {
namespace {

using core::DeliveryState;
using core::Order;
using Refs = std::set<DeliveryRef>;
using Key = std::pair<DestinationNumber, std::string>;

struct Modelled {
  DeliveryState state = DeliveryState::pending;
  std::uint32_t generation = 1;
  Order order = Order::none;
  std::string key;
  std::string version;
  bool parked = false;
  bool out_of_order = false;
};

class Model {
 public:
  void open(DeliveryRef ref, const Target& target, core::Time now) {
    Modelled made;
    made.order = target.order;
    made.key = target.ordering_key;
    made.version = target.version;
    deliveries[ref] = made;
    enter(ref, now);
  }

  void settle(DeliveryRef ref, DeliveryState state, bool park) {
    Modelled& delivery = deliveries.at(ref);
    delivery.state = state;
    if (state != DeliveryState::pending) {
      delivery.parked = false;
      leave(ref);
    } else if (park && delivery.order == Order::per_key) {
      delivery.parked = delivery.out_of_order = true;
      leave(ref);
    }
  }

  void replay(DeliveryRef ref, Rejoin rejoin, core::Time now) {
    Modelled& delivery = deliveries.at(ref);
    ++delivery.generation;
    delivery.state = DeliveryState::pending;
    delivery.parked = delivery.out_of_order =
        rejoin == Rejoin::out_of_order && delivery.order != Order::none;
    if (!delivery.parked) {
      enter(ref, now);
    }
  }

  void erase(Sequence sequence) {
    for (auto& [ref, delivery] : deliveries) {
      if (ref.sequence == sequence) {
        delivery.state = DeliveryState::purged;
        delivery.parked = false;
        leave(ref);
      }
    }
  }

  [[nodiscard]] bool blocked(DeliveryRef ref) const {
    const Modelled& delivery = deliveries.at(ref);
    if (delivery.state != DeliveryState::pending || delivery.order != Order::per_key ||
        delivery.parked) {
      return false;
    }
    return queues.at({ref.destination, delivery.key}).front() != ref;
  }

  [[nodiscard]] Refs all_blocked() const {
    Refs found;
    for (const auto& [ref, delivery] : deliveries) {
      if (blocked(ref)) {
        found.insert(ref);
      }
    }
    return found;
  }

  [[nodiscard]] bool pending(DeliveryRef ref) const {
    const auto known = deliveries.find(ref);
    return known != deliveries.end() && known->second.state == DeliveryState::pending;
  }

  std::map<DeliveryRef, Modelled> deliveries;
  std::map<Key, std::vector<DeliveryRef>> queues;

 private:
  struct Newest {
    int version = 0;
    Sequence sequence = 0;
    core::Time seen;
  };
  using Rank = std::pair<int, Sequence>;

  void leave(DeliveryRef ref) {
    std::erase(queues[{ref.destination, deliveries.at(ref).key}], ref);
  }

  void enter(DeliveryRef ref, core::Time now) {
    Modelled& delivery = deliveries.at(ref);
    if (delivery.order == Order::none) {
      return;
    }
    const Key key{ref.destination, delivery.key};
    if (!delivery.version.empty()) {
      const Rank own{std::stoi(delivery.version), ref.sequence};
      Rank known{-1, 0};
      if (const auto newest = newest_.find(key);
          newest != newest_.end() && newest->second.seen + kVersionWindow > now) {
        known = {newest->second.version, newest->second.sequence};
      }
      const std::vector<DeliveryRef> waiting = queues[key];
      for (const DeliveryRef other : waiting) {
        if (const std::string& version = deliveries.at(other).version; !version.empty()) {
          known = std::max(known, Rank{std::stoi(version), other.sequence});
        }
      }
      if (own < known) {
        delivery.state = DeliveryState::superseded;
        return;
      }
      for (const DeliveryRef other : waiting) {
        if (!deliveries.at(other).version.empty()) {
          deliveries.at(other).state = DeliveryState::superseded;
          leave(other);
        }
      }
      newest_[key] = {own.first, own.second, now};
    }
    queues[key].push_back(ref);
  }

  std::map<Key, Newest> newest_;
};

class OrderingModelTest : public OrderingTest, public testing::WithParamInterface<int> {
 protected:
  OrderingModelTest() : dice_(static_cast<std::uint64_t>(GetParam())) {
    destinations_ = {destination("acme"), destination("globex")};
    snapshots_.assign(1, model_);
  }

  void step() {
    switch (dice_.below(16)) {
      case 0:
        now_ += std::chrono::hours(dice_.below(40));
        break;
      case 1:
        retire();
        break;
      case 2:
        ASSERT_TRUE(commit_->sync());
        snapshots_.assign(1, model_);
        break;
      case 3:
        crash();
        break;
      case 4:
        erase();
        break;
      default:
        batch();
        break;
    }
    now_ += std::chrono::milliseconds(dice_.below(1000));
  }

  void compare() {
    expect_true_books();
    for (auto known = model_.deliveries.begin(); known != model_.deliveries.end();) {
      const auto& [ref, expected] = *known;
      const auto stored = Reader(store_).delivery(ref);
      ASSERT_TRUE(stored);
      if (!*stored) {  // gone by its retention
        ASSERT_NE(expected.state, DeliveryState::pending) << ref.sequence;
        known = model_.deliveries.erase(known);
        continue;
      }
      ASSERT_EQ((*stored)->state, expected.state) << ref.sequence;
      ASSERT_EQ((*stored)->generation, expected.generation) << ref.sequence;
      ASSERT_EQ((*stored)->parked, expected.parked) << ref.sequence;
      ASSERT_EQ((*stored)->out_of_order, expected.out_of_order) << ref.sequence;
      ASSERT_EQ((*stored)->blocked, model_.blocked(ref)) << ref.sequence;
      ++known;
    }
    compare_queues();
  }

 private:
  // Several commands that see each other's changes.
  void batch() {
    std::vector<std::unique_ptr<Command>> commands;
    std::vector<std::function<void()>> checks;
    for (std::uint64_t i = 0, count = 1 + dice_.below(4); i < count; ++i) {
      const Refs blocked = model_.all_blocked();
      const auto unblocked = std::make_shared<std::vector<OpenDelivery>>();
      switch (dice_.below(4)) {
        case 0:
          commands.push_back(accept_some(unblocked));
          break;
        case 1:
          commands.push_back(replay_any(unblocked));
          break;
        default:
          commands.push_back(settle_any(unblocked));
          break;
      }
      checks.push_back([unblocked, expected = freed(blocked)] {
        Refs told;
        for (const OpenDelivery& delivery : *unblocked) {
          told.insert(delivery.ref);
          EXPECT_FALSE(delivery.record.blocked);
        }
        EXPECT_EQ(told, expected);
      });
    }
    ASSERT_TRUE(commit_->write(std::move(commands), now_));
    committed();
    if (dice_.below(3) == 0) {
      ASSERT_TRUE(commit_->sync());
      snapshots_.assign(1, model_);
      // Only what was synced is answered for sure.
      std::ranges::for_each(checks, [](const auto& check) { check(); });
    }
  }

  [[nodiscard]] Refs freed(const Refs& blocked) const {
    Refs found;
    for (const DeliveryRef ref : blocked) {
      if (model_.pending(ref) && !model_.blocked(ref) && !model_.deliveries.at(ref).parked) {
        found.insert(ref);
      }
    }
    return found;
  }

  // Mostly per_key to one destination and latest to the other, as if their configuration changed.
  Target any_target(DestinationNumber number) {
    const bool first = number == destinations_[0];
    const std::uint64_t other = dice_.below(10);
    const Order order = other == 0              ? Order::none
                        : (other == 1) == first ? Order::latest
                                                : Order::per_key;
    const std::string key = "key " + std::to_string(dice_.below(3));
    const bool versioned = order == Order::latest && dice_.below(5) != 0;
    return target(number, order, key, versioned ? std::to_string(dice_.below(12)) : "");
  }

  std::unique_ptr<Command> accept_some(const std::shared_ptr<std::vector<OpenDelivery>>& told) {
    std::vector<NewEvent> events;
    for (std::uint64_t i = 0, count = 1 + dice_.below(3); i < count; ++i) {
      std::vector<Target> targets;
      for (const DestinationNumber number : destinations_) {
        targets.push_back(any_target(number));
      }
      const Sequence sequence = next_++;
      for (const Target& target : targets) {
        model_.open({sequence, target.destination}, target, now_);
      }
      events.push_back(ordered_event(std::move(targets)));
    }
    return std::make_unique<Accept>(executor_, std::move(events), Command::Durability::synced,
                                    [told](core::Result<std::vector<AcceptedEvent>> accepted) {
                                      ASSERT_TRUE(accepted) << accepted.error().message;
                                      for (AcceptedEvent& event : *accepted) {
                                        std::ranges::move(event.unblocked,
                                                          std::back_inserter(*told));
                                      }
                                    });
  }

  std::unique_ptr<Command> settle_any(const std::shared_ptr<std::vector<OpenDelivery>>& told) {
    Settlement made;
    made.state = static_cast<DeliveryState>(dice_.below(3));
    made.park = dice_.below(3) == 0;
    made.due = now_ + std::chrono::seconds(dice_.below(100));
    std::vector<DeliveryRef> runnable;
    for (const auto& [ref, delivery] : model_.deliveries) {
      if (model_.pending(ref) && !model_.blocked(ref)) {
        runnable.push_back(ref);
      }
    }
    if (!runnable.empty()) {
      made.ref = runnable[dice_.below(runnable.size())];
      made.generation = model_.deliveries.at(made.ref).generation;
      model_.settle(made.ref, made.state, made.park);
    }
    return std::make_unique<Settle>(executor_, made, [told](core::Result<Settled> outcome) {
      ASSERT_TRUE(outcome) << outcome.error().message;
      *told = std::move(outcome->unblocked);
    });
  }

  std::unique_ptr<Command> replay_any(const std::shared_ptr<std::vector<OpenDelivery>>& told) {
    const Sequence sequence = any_sequence();
    const Rejoin rejoin = dice_.below(4) == 0 ? Rejoin::out_of_order : Rejoin::in_order;
    for (const auto& [ref, delivery] : model_.deliveries) {
      if (ref.sequence == sequence && delivery.state != DeliveryState::pending &&
          delivery.state != DeliveryState::purged) {
        model_.replay(ref, rejoin, now_);
      }
    }
    return std::make_unique<Replay>(executor_, sequence, std::nullopt, std::vector<Target>{},
                                    rejoin, [told](core::Result<Opening> outcome) {
                                      ASSERT_TRUE(outcome) << outcome.error().message;
                                      *told = std::move(outcome->unblocked);
                                    });
  }

  void erase() {
    const Sequence sequence = any_sequence();
    const Refs blocked = model_.all_blocked();
    model_.erase(sequence);
    std::vector<OpenDelivery> unblocked;
    commit(erase_into(sequence, &unblocked));
    Refs told;
    for (const OpenDelivery& delivery : unblocked) {
      told.insert(delivery.ref);
    }
    EXPECT_EQ(told, freed(blocked));
    snapshots_.assign(1, model_);
  }

  void retire() {
    commit(std::make_unique<Retire>(executor_, Retention{}, dice_.below(2) == 0,
                                    [](core::Result<Retired> done) { ASSERT_TRUE(done); }));
    commit(std::make_unique<SweepKept>(executor_, Retention{}, "",
                                       [](core::Result<Swept> done) { ASSERT_TRUE(done); }));
    commit(
        std::make_unique<ForgetKeys>(executor_, std::map<SourceNumber, DedupLimit>{},
                                     [](core::Result<ForgottenKeys> done) { ASSERT_TRUE(done); }));
    snapshots_.assign(1, model_);
  }

  void crash() {
    const std::size_t surviving = dice_.below(store_.unsynced_batches() + 1);
    model_ = snapshots_.at(surviving);
    snapshots_.assign(1, model_);
    power_cut(surviving);
    next_ = writer_->next_sequence();
  }

  // A batch that changed nothing is not written.
  void committed() {
    if (store_.unsynced_batches() == snapshots_.size()) {
      snapshots_.push_back(model_);
    }
    ASSERT_EQ(snapshots_.size(), store_.unsynced_batches() + 1);
  }

  // The stored order of each key, first to last.
  void compare_queues() const {
    std::map<Key, std::vector<DeliveryRef>> stored;
    ASSERT_TRUE(store_.scan(
        Table::order, {}, keys::after({}), Direction::forward,
        [&](std::string_view row, std::string_view) {
          const auto parsed = keys::parse_order(row);
          stored[{parsed->ref.destination, std::string(parsed->ordering_key)}].push_back(
              parsed->ref);
          return true;
        }));
    auto expected = model_.queues;
    std::erase_if(expected, [](const auto& queue) { return queue.second.empty(); });
    ASSERT_EQ(stored, expected);
  }

  Sequence any_sequence() {
    return model_.deliveries.empty()
               ? 1
               : std::next(model_.deliveries.begin(),
                           static_cast<std::ptrdiff_t>(dice_.below(model_.deliveries.size())))
                     ->first.sequence;
  }

  core::SeededRandom dice_;
  std::vector<DestinationNumber> destinations_;
  Model model_;
  std::vector<Model> snapshots_;  // after each batch since the last sync, and before the first
  Sequence next_ = 1;
};

TEST_P(OrderingModelTest, the_journal_does_what_the_model_says) {
  for (int i = 0; i < 300 && !HasFatalFailure() && !HasNonfatalFailure(); ++i) {
    step();
    compare();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, OrderingModelTest, testing::Range(0, 12));

}  // namespace
}  // namespace spillway::journal
