// Two workers on one log while everything goes wrong at random: commits and polls fail, partitions
// move, workers are fenced, crash and are stopped, copies become void. Whatever happens, each
// delivery is in a retry topic exactly once or has exactly one end, as the log has it; and what is
// delivered twice was delivered by a worker that could not write it.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/metrics.hpp"
#include "core/random.hpp"
#include "retry/control_reader.hpp"
#include "retry/fate_record.hpp"
#include "retry/retry_worker.hpp"
#include "tests/support/memory_log.hpp"
#include "tests/support/virtual_time.hpp"
#include "tests/unit/retry/fake_attempts.hpp"

namespace spillway::retry {
namespace {

using core::DeliveryState;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using namespace testing_support;

constexpr std::uint16_t kDeliveries = 60;
constexpr std::size_t kNodes = 2;

// Runs nothing any more once its node is gone.
class LifeExecutor final : public core::Executor {
 public:
  explicit LifeExecutor(support::VirtualTime& time) : executor_(time) {}
  ~LifeExecutor() override { *alive_ = false; }

  void post(core::Task task) override { executor_.post(while_alive(std::move(task))); }
  core::TimerId run_at(core::Time due, core::Task task) override {
    return executor_.run_at(due, while_alive(std::move(task)));
  }
  void cancel(core::TimerId timer) override { executor_.cancel(timer); }

 private:
  core::Task while_alive(core::Task task) {
    return [alive = alive_, task = std::move(task)]() mutable {
      if (*alive) {
        task();
      }
    };
  }

  support::VirtualExecutor executor_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

class World;

class RandomAttempts final : public Attempts {
 public:
  RandomAttempts(World& world, core::Executor& executor) : world_(&world), executor_(&executor) {}

  void attempt(const SpoolRecord& record, Callback callback) override;

  std::set<std::string> delivered;  // by this life of the node

 private:
  VisitOutcome draw();

  World* world_;
  core::Executor* executor_;
};

// One life of a node.
struct Life {
  Life(World& world, const std::string& name);

  LifeExecutor executor;
  support::MemoryRetryLog member;
  support::MemoryTopicReader control_topic;
  ControlState control;
  ControlReader control_reader;
  RandomAttempts attempts;
  RetryWorker worker;
  core::Time commits_fail_until;
  core::Time polls_fail_until;
  bool stopping = false;
};

class World {
 public:
  explicit World(std::uint64_t seed) : random(seed) {
    lives.resize(kNodes);
    starts_at.resize(kNodes);
    for (std::uint16_t i = 0; i < kDeliveries; ++i) {
      const core::Duration tier = kTiers[random.below(2)];
      spool({.topic = topics.retry(tier), .message = a_record(i).encode()});
    }
  }

  // Faults for a while, then none until all have ended.
  void run() {
    for (int round = 0; round < 150; ++round) {
      if (random.below(2) == 0) {
        go_wrong();
      }
      step(milliseconds(random.below(3000)));
    }
    calm = true;
    for (int round = 0; round < 1200 && ends().size() < kDeliveries; ++round) {
      step(seconds(1));
    }
    step(seconds(5));
    check_end();
  }

  [[nodiscard]] core::Time now() const { return time.now(); }
  core::Duration below(core::Duration limit) {
    return core::Duration{
        static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(limit.count())))};
  }

  core::SeededRandom random;
  support::VirtualTime time;
  Topics topics{"test"};
  support::MemoryLog log{time, topics, 1};
  core::Registry registry;
  RetryProbe probe{registry};
  std::vector<std::unique_ptr<Life>> lives;
  std::vector<core::Time> starts_at;
  bool calm = false;
  std::map<std::string, int> deliveries;  // how often each was delivered
  std::map<std::string, core::Time> void_since;
  std::size_t lost_with_nodes = 0;  // deliveries that a node could not write before it was gone
  std::size_t broken = 0;
  // In the end.
  std::size_t repeats = 0;
  std::uint64_t dropped = 0;

 private:
  SpoolRecord a_record(std::uint16_t number) {
    SpoolRecord record = record_of(number, random.below(4) == 0 ? "other" : "acme");
    record.due = now() + below(minutes(4));
    return record;
  }
  void spool(const OutgoingMessage& message) {
    keys.insert(message.message.key);
    log.append(message);
  }

  void step(core::Duration duration) {
    for (std::size_t i = 0; i < kNodes; ++i) {
      if (!lives[i] && (calm || now() >= starts_at[i])) {
        lives[i] = std::make_unique<Life>(*this, "node" + std::to_string(i));
      }
    }
    time.run_for(duration);
    for (const std::size_t stopped : std::exchange(gone, {})) {
      end_life(stopped);
    }
    check();
  }

  void go_wrong() {
    const std::size_t node = random.below(kNodes);
    Life* const life = lives[node].get();
    switch (random.below(life == nullptr ? 3 : 9)) {
      case 0:
        log.rebalance([&](const TopicPartition&, std::size_t) { return random.next(); });
        break;
      case 1:
        log.append({.topic = topics.retry(kTiers[0]),
                    .message = {.key = "broken", .headers = {}, .value = "?"}});
        ++broken;
        break;
      case 2:
        void_one();
        break;
      case 3:
        log.fence(life->member);
        break;
      case 4:
        life->commits_fail_until = now() + below(seconds(10));
        break;
      case 5:
        life->polls_fail_until = now() + below(seconds(10));
        break;
      case 6:
        life->member.news_in_commit = !life->member.news_in_commit;
        break;
      case 7:
        end_life(node);
        break;
      default:
        if (!life->stopping) {
          life->stopping = true;
          life->worker.stop(now() + below(seconds(5)), [this, node] { gone.insert(node); });
        }
    }
  }

  // A crash, or the end of a process that has stopped.
  void end_life(std::size_t node) {
    const auto ended = ends();
    for (const std::string& key : lives[node]->attempts.delivered) {
      lost_with_nodes += ended.contains(key) ? 0 : 1;
    }
    lives[node].reset();
    starts_at[node] = now() + below(seconds(20));
  }

  void void_one() {
    const auto live = copies();
    if (live.empty()) {
      return;
    }
    const auto chosen =
        std::next(live.begin(), static_cast<std::ptrdiff_t>(random.below(live.size())));
    const SpoolRecord& record = chosen->second;
    log.append({.topic = topics.control(),
                .message = ControlRecord{.asks = VoidCopies{.event = record.event->id,
                                                            .destination = record.destination,
                                                            .generation = record.generation}}
                               .encode()});
    void_since.try_emplace(chosen->first, now());
  }

  // What is in the retry topics and not done, as the log has it.
  std::multimap<std::string, SpoolRecord> copies() {
    std::multimap<std::string, SpoolRecord> found;
    for (const TopicPartition& partition : log.shared()) {
      const RetryPosition position = log.position(partition);
      PartitionWindow window(position.offset, position.done_above);
      EXPECT_TRUE(window.understood());
      for (const StoredMessage& message : log.messages(partition)) {
        if (window.take(message.offset) && message.message.key != "broken") {
          found.emplace(message.message.key, SpoolRecord::decode(message.message).value());
        }
      }
    }
    return found;
  }

  // The ends in the ledger, and of voided copies those in the control topic.
  std::multiset<std::string> ends() {
    std::multiset<std::string> found;
    for (const StoredMessage& message : log.messages(topics.ledger())) {
      if (FateRecord::decode(message.message)->state != DeliveryState::pending) {
        found.insert(message.message.key);
      }
    }
    for (const StoredMessage& message : log.messages(topics.control())) {
      const ControlRecord record = ControlRecord::decode(message.message).value();
      const auto& asks = std::get<VoidCopies>(record.asks);
      const std::string key = delivery_key(asks.event, asks.destination);
      // Whoever ends a copy in another way says that it is gone as well.
      if (record.over && !found.contains(key)) {
        found.insert(key);
      }
    }
    return found;
  }

  void check() {
    const auto live = copies();
    const auto ended = ends();
    for (const std::string& key : keys) {
      ASSERT_EQ(live.count(key) + ended.count(key), 1U) << key;
    }
    ASSERT_EQ(log.foreign_positions(), 0U);
  }

  void check_end() {
    EXPECT_TRUE(copies().empty());
    std::size_t dead = 0;
    for (const StoredMessage& message : log.messages(topics.ledger())) {
      const auto fate = FateRecord::decode(message.message);
      dead += fate->state == DeliveryState::dead && !void_since.contains(message.message.key);
    }
    std::size_t letters = 0;
    std::size_t undecodable = 0;
    for (const StoredMessage& message : log.messages(topics.dead())) {
      undecodable += message.message.key == "broken";
      letters += message.message.key != "broken" && !void_since.contains(message.message.key);
    }
    EXPECT_EQ(letters, dead);
    EXPECT_EQ(undecodable, broken);
    for (const auto& [key, times] : deliveries) {
      repeats += static_cast<std::size_t>(times) - 1;
    }
    dropped = registry.counter("spillway_duplicates_total", "", {{"where", "rebalance"}}).value();
    EXPECT_LE(repeats, dropped + lost_with_nodes);
  }

  std::set<std::string> keys;
  std::set<std::size_t> gone;  // have stopped
};

VisitOutcome RandomAttempts::draw() {
  const core::Time later = world_->now() + world_->below(world_->calm ? seconds(40) : minutes(3));
  VisitOutcome outcome;
  switch (world_->random.below(world_->calm ? 6 : 12)) {
    case 0:
      return failed_until(later);
    case 1:
      return put_off(world_->below(seconds(40)));
    case 2:
      return dead();
    case 3:
    case 4:
    case 5:
      return testing_support::delivered();
    case 6:
    case 7:
      return failed_until(later, core::Outcome::unknown);
    case 8:
      return put_off(world_->below(minutes(3)));
    case 9:
      outcome.state = DeliveryState::expired;
      outcome.reason = core::Reason::ttl;
      return outcome;
    default:
      return failed_until(world_->now() + world_->below(seconds(5)));
  }
}

void RandomAttempts::attempt(const SpoolRecord& record, Callback callback) {
  const std::string key = delivery_key(record.event->id, record.destination);
  EXPECT_LE(record.due, world_->now());
  if (const auto since = world_->void_since.find(key); since != world_->void_since.end()) {
    EXPECT_LE(world_->now(), since->second + seconds(1)) << key;
  }
  VisitOutcome outcome = draw();
  outcome.attempt.number = outcome.attempted ? record.attempts + 1 : 0;
  if (outcome.state == DeliveryState::delivered) {
    ++world_->deliveries[key];
    delivered.insert(key);
  }
  executor_->run_at(world_->now() + world_->below(seconds(6)),
                    [callback = std::move(callback), outcome = std::move(outcome)]() mutable {
                      callback(std::move(outcome));
                    });
}

Life::Life(World& world, const std::string& name)
    : executor(world.time),
      member(world.log),
      control_topic(world.log, {world.topics.control(), 0}),
      control_reader(executor, world.time, control_topic, control),
      attempts(world, executor),
      worker({.executor = executor,
              .clock = world.time,
              .log = member,
              .attempts = attempts,
              .control = control,
              .probe = world.probe,
              .topics = world.topics,
              .options = {.node = name,
                          .ledger_partitions = 1,
                          .offsets_max = 40,
                          .records_max = 30,
                          .bytes_max = 100'000}}) {
  member.on_poll = [this, &world] {
    return world.calm || world.now() >= polls_fail_until
               ? core::Result<void>()
               : core::fail(core::ErrorCode::unavailable, "no broker");
  };
  member.on_commit = [this, &world] {
    return world.calm || world.now() >= commits_fail_until
               ? core::Result<void>()
               : core::fail(core::ErrorCode::timeout, "no answer");
  };
  control_reader.start();
  worker.start();
}

TEST(RetryWorkers, lose_and_fork_nothing_whatever_happens) {
  std::uint64_t repeats = 0;
  std::uint64_t dropped = 0;
  std::uint64_t lost_with_nodes = 0;
  std::size_t voids = 0;
  for (std::uint64_t seed = 1; seed <= 60 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    World world(seed);
    world.run();
    repeats += world.repeats;
    dropped += world.dropped;
    lost_with_nodes += world.lost_with_nodes;
    voids += world.void_since.size();
  }
  // It did go wrong.
  EXPECT_GT(repeats, 100U);
  EXPECT_GT(dropped, 100U);
  EXPECT_GT(lost_with_nodes, 100U);
  EXPECT_GT(voids, 100U);
  RecordProperty("repeats", static_cast<int>(repeats));
  RecordProperty("dropped", static_cast<int>(dropped));
  RecordProperty("lost_with_nodes", static_cast<int>(lost_with_nodes));
}

}  // namespace
}  // namespace spillway::retry
