// A lane against a model of the due index, with everything it is told arriving in any order and as
// late as it likes: nothing is attempted twice, nothing is lost, nothing is early but probes and
// what waited when the destination came back, an ordering key has one attempt under way, no body
// but one is in flight beyond the budget.
#include "core/random.hpp"
#include "delivery/lane.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace spillway::delivery {
namespace {

using namespace std::chrono_literals;
using journal::Sequence;

class World {
 public:
  explicit World(std::uint64_t seed)
      : random_(seed),
        others_(bodies_.reserve(random_.below(1001))),
        lane_(1, options(1 + random_.below(12)), bodies_),
        fails_(random_.below(5)) {}

  void step() {
    switch (random_.below(13)) {
      case 12:
        if (random_.below(20) == 0) {
          fails_ = random_.below(5);  // up, down, or anything between
        }
        break;
      case 0:
      case 1:
        open();
        break;
      case 2:
        now_ += core::Duration(static_cast<std::int64_t>(random_.below(400'000)));
        break;
      case 3:
        halted_ = random_.below(8) == 0;
        halted_ ? lane_.halt() : lane_.proceed();
        break;
      default:
        happen();
        break;
    }
    pump();
  }

  // Nothing new is opened and nothing fails any more: everything must end.
  void drain() {
    fails_ = 0;
    halted_ = false;
    lane_.proceed();
    for (int i = 0; i < 100'000 && !finished(); ++i) {
      pump();
      if (const auto wake = lane_.wake(now_); later_.empty() && wake) {
        now_ = std::max(now_, *wake);
      }
      happen();
    }
    EXPECT_TRUE(index_.empty()) << index_.size() << " lost";
    EXPECT_TRUE(lane_.idle());
  }

 private:
  struct Entry {
    core::Time opened;
    core::Time due;
    core::Time updated;
    std::string key;
  };

  static DestinationOptions options(std::size_t max_in_flight) {
    DestinationOptions made;
    made.max_in_flight = max_in_flight;
    return made;
  }

  [[nodiscard]] bool finished() const { return index_.empty() && later_.empty(); }

  // One of the things under way happens, whichever.
  void happen() {
    if (later_.empty()) {
      return;
    }
    std::swap(later_[random_.below(later_.size())], later_.back());
    auto thing = std::move(later_.back());
    later_.pop_back();
    thing();
  }

  [[nodiscard]] journal::OpenDelivery delivery(Sequence sequence) const {
    const Entry& entry = index_.at(sequence);
    journal::OpenDelivery made;
    made.ref = {sequence, 1};
    made.record.opened = entry.opened;
    made.record.due = entry.due;
    made.record.updated = entry.updated;
    made.record.ordering_key = entry.key;
    made.record.attempts = entry.updated == entry.opened ? 0 : 1;
    return made;
  }

  void open() {
    const Sequence sequence = ++last_;
    const std::string key = random_.below(2) == 0 ? "" : std::string(1, "abc"[random_.below(3)]);
    index_[sequence] = {now_, now_, now_, key};
    auto event = std::make_shared<core::Event>();
    event->body.assign(body_bytes(sequence), 'x');
    later_.push_back([this, offered = delivery(sequence), event] {
      lane_.offer(offered, random_.below(8) == 0 ? nullptr : event, now_);
    });
  }

  void pump() {
    while (auto next = lane_.next(now_)) {
      ASSERT_FALSE(halted_);
      attempt(*std::move(next));
    }
    if (auto request = lane_.refill(now_)) {
      later_.push_back([this, asked = *std::move(request)] { read(asked); });
    }
  }

  static std::size_t body_bytes(Sequence sequence) { return 100 * (sequence % 9); }

  void attempt(Waiting waiting) {
    const Sequence sequence = waiting.delivery.ref.sequence;
    if (!waiting.bytes) {
      ASSERT_EQ(std::exchange(unreserved_, sequence), 0u) << "two bodies beyond the budget";
    }
    ASSERT_TRUE(index_.contains(sequence)) << "attempted after its end";
    const Entry entry = index_.at(sequence);
    const bool waited = recovered_ && entry.updated < *recovered_;
    const bool probes = lane_.pace().state() == Breaker::State::half_open;
    ASSERT_TRUE(entry.due <= now_ || waited || probes) << "attempted before it was due";
    if (!entry.key.empty()) {
      ASSERT_TRUE(busy_keys_.insert(entry.key).second) << "two attempts for one key";
    }
    ASSERT_TRUE(in_flight_.insert(sequence).second) << "attempted twice at once";
    bytes_[sequence] = std::move(waiting.bytes);
    later_.push_back([this, sequence, entry, began = now_] {
      bytes_.erase(sequence);
      if (unreserved_ == sequence) {
        unreserved_ = 0;
      }
      busy_keys_.erase(entry.key);
      const bool failed = random_.below(4) < fails_;
      const Health health{failed ? Health::Sign::ill : Health::Sign::well, 1ms, {}};
      if (lane_.attempted(sequence, health, began, now_) == Pace::Change::recovered) {
        recovered_ = now_;
      }
      later_.push_back([this, sequence, failed] { record(sequence, failed); });
    });
  }

  // The outcome is written to the index; the lane learns of it later.
  void record(Sequence sequence, bool failed) {
    in_flight_.erase(sequence);
    std::optional<core::Time> due;
    if (failed) {
      due = now_ + core::Duration(static_cast<std::int64_t>(random_.below(2'000'000)));
      index_.at(sequence).due = *due;
      index_.at(sequence).updated = now_;
    } else {
      index_.erase(sequence);
    }
    later_.push_back([this, sequence, due] { lane_.settled(sequence, due); });
  }

  void read(const FetchRequest& request) {
    if (random_.below(10) == 0) {
      later_.push_back([this] { lane_.refill_failed(now_); });
      return;
    }
    std::map<std::pair<core::Time, Sequence>, Sequence> order;
    for (const auto& [sequence, entry] : index_) {
      order[{entry.due, sequence}] = sequence;
    }
    auto found = std::make_shared<Fetched>();
    for (const auto& [key, sequence] : order) {
      const core::Time due = key.first;
      if (due < request.from ||
          (due <= request.until && std::ranges::binary_search(request.held, sequence))) {
        continue;
      }
      if (due > request.until || found->waiting.size() == request.limit) {
        found->next_due = due;
        break;
      }
      if (request.updated_before && index_.at(sequence).updated >= *request.updated_before) {
        continue;
      }
      found->waiting.push_back({delivery(sequence)});
      found->waiting.back().body_bytes = body_bytes(sequence);
    }
    later_.push_back([this, found] { lane_.refilled(std::move(*found), now_); });
  }

  core::Time now_ = core::from_micros(1'790'000'000'000'000);
  core::SeededRandom random_;
  core::ByteBudget bodies_{1000};
  core::ByteBudget::Reservation others_;  // what other lanes hold
  Lane lane_;
  std::uint64_t fails_;  // of four attempts
  bool halted_ = false;
  std::optional<core::Time> recovered_;
  std::set<std::string> busy_keys_;
  Sequence last_ = 0;
  std::map<Sequence, Entry> index_;
  std::set<Sequence> in_flight_;
  std::map<Sequence, core::ByteBudget::Reservation> bytes_;  // of those in flight
  Sequence unreserved_ = 0;                                  // the one in flight without, if any
  std::vector<std::function<void()>> later_;
};

TEST(LaneModel, loses_nothing_and_repeats_nothing_in_any_order_of_events) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed);
    for (int i = 0; i < 1000 && !testing::Test::HasFatalFailure(); ++i) {
      world.step();
    }
    world.drain();
    if (testing::Test::HasFailure()) {
      return;
    }
  }
}

}  // namespace
}  // namespace spillway::delivery
