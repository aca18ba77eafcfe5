#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "tests/integration/kafka/adapter/bench.hpp"

namespace spillway::retry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing_support::ask_harness;
using testing_support::Desk;
using testing_support::options_from_environment;
using testing_support::Worker;
using testing_support::Writer;

constexpr std::size_t kPartitions = 16;  // eight topics of two

class RetryLogCase : public testing::Test {
 protected:
  void SetUp() override { testing_support::make_spool_topics(options); }

  // Writes so many into one partition.
  void write(std::size_t count, std::int32_t partition = 0) {
    Writer writer(options);
    writer.await_up();
    for (std::size_t i = 0; i < count; ++i) {
      const auto written = writer.write({topic, {"k", {}, "v" + std::to_string(i)}, partition});
      ASSERT_TRUE(written) << written.error().message;
    }
  }

  void poll_until(const std::function<bool()>& condition, std::vector<Worker*> workers) {
    desk.run_until(condition, [&] {
      for (Worker* const worker : workers) {
        worker->poll();
      }
    });
  }

  void join(Worker& worker) {
    poll_until([&] { return worker.positions.size() == kPartitions; }, {&worker});
  }

  [[nodiscard]] RetryTransaction done_up_to(std::int64_t offset, std::string above = "") const {
    return {.messages = {{topics.ledger(), {"fate", {{"spillway-state", "delivered"}}, "f"}, 1}},
            .positions = {{first, offset, std::move(above)}}};
  }

  const KafkaOptions options = options_from_environment();
  const Topics topics{options.topic_prefix};
  const std::string topic = topics.retry(kTiers.front());
  const TopicPartition first{topic, 0};
  Desk desk;
};

TEST_F(RetryLogCase, what_was_committed_comes_back) {
  write(5);
  const std::string above(2000, 'b');
  {
    Worker worker(options, "n1");
    poll_until([&] { return worker.messages.size() == 5; }, {&worker});
    EXPECT_EQ(worker.positions.at(first).offset, 0);
    EXPECT_EQ(worker.positions.at(first).done_above, "");
    EXPECT_EQ(worker.messages.front().message, (SpoolMessage{"k", {}, "v0"}));
    EXPECT_GT(core::to_unix_seconds(worker.messages.front().appended), 1'700'000'000);
    const auto committed = worker.commit(done_up_to(3, above));
    EXPECT_TRUE(committed) << committed.error().message;
    worker.close();
    EXPECT_THAT(worker.complaints, IsEmpty());
  }
  Worker next(options, "n2");
  poll_until([&] { return next.messages.size() == 2; }, {&next});
  EXPECT_EQ(next.positions.at(first).offset, 3);
  EXPECT_EQ(next.positions.at(first).done_above, above);
  EXPECT_THAT(next.offsets(first), ElementsAre(3, 4));
  next.close();
}

TEST_F(RetryLogCase, a_transaction_with_a_message_that_is_too_large_leaves_nothing) {
  write(2);
  Worker worker(options, "n1");
  poll_until([&] { return worker.messages.size() == 2; }, {&worker});
  RetryTransaction transaction = done_up_to(2);
  transaction.messages.push_back({topics.dead(), {"k", {}, std::string(6'000'000, 'x')}, 0});
  const auto refused = worker.commit(transaction);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::ErrorCode::too_large);
  const auto committed = worker.commit(done_up_to(1));
  EXPECT_TRUE(committed) << committed.error().message;
  worker.close();
  Worker next(options, "n2");
  poll_until([&] { return next.messages.size() == 1; }, {&next});
  EXPECT_EQ(next.positions.at(first).offset, 1);
  next.close();
}

TEST_F(RetryLogCase, two_members_share_and_one_that_leaves_is_missed_at_once) {
  Worker one(options, "n1");
  join(one);
  bool committed = false;
  one.on_revoking = [&] {
    // The last moment for what is done.
    const auto done = one.commit(done_up_to(0, "kept"));
    committed = done.has_value();
  };
  Worker two(options, "n2");
  poll_until(
      [&] {
        return one.positions.size() == kPartitions / 2 && two.positions.size() == kPartitions / 2;
      },
      {&one, &two});
  EXPECT_EQ(one.revoked, kPartitions / 2);
  EXPECT_EQ(one.lost_count, 0U);
  EXPECT_TRUE(committed);
  for (const auto& [partition, position] : two.positions) {
    EXPECT_FALSE(one.positions.contains(partition));
  }
  const auto left = std::chrono::steady_clock::now();
  one.on_revoking = [] {};
  two.close();
  join(one);
  // Not when a session has run out, which takes 10 s.
  EXPECT_LT(std::chrono::steady_clock::now() - left, std::chrono::seconds(8));
  EXPECT_THAT(one.complaints, IsEmpty());
  EXPECT_THAT(two.complaints, IsEmpty());
  one.close();
}

TEST_F(RetryLogCase, what_another_reads_goes_on_where_it_was_committed) {
  write(10);
  Worker one(options, "n1");
  poll_until([&] { return one.messages.size() == 10; }, {&one});
  one.on_revoking = [&] {
    const auto done = one.commit(done_up_to(6, "7"));
    EXPECT_TRUE(done) << done.error().message;
  };
  one.close();
  Worker two(options, "n2");
  poll_until([&] { return two.messages.size() == 4; }, {&two});
  EXPECT_EQ(two.positions.at(first).done_above, "7");
  EXPECT_THAT(two.offsets(first), ElementsAre(6, 7, 8, 9));
  two.close();
}

TEST_F(RetryLogCase, what_is_gone_is_an_error_in_the_log) {
  write(5);
  Worker one(options, "n1");
  poll_until([&] { return one.messages.size() == 5; }, {&one});
  const auto committed = one.commit(done_up_to(2));
  ASSERT_TRUE(committed) << committed.error().message;
  one.close();
  ask_harness("delete the first four of the retry topic");
  Worker two(options, "n2");
  poll_until([&] { return two.messages.size() == 1; }, {&two});
  EXPECT_THAT(two.offsets(first), ElementsAre(4));
  two.close();
}

TEST_F(RetryLogCase, a_replaced_worker_gets_a_conflict_and_joins_anew) {
  write(3);
  Worker one(options, "n1");
  poll_until([&] { return one.messages.size() == 3; }, {&one});
  Worker same(options, "n1");
  poll_until([&] { return !same.positions.empty(); }, {&one, &same});
  same.close();
  const auto committed = one.commit(done_up_to(3));
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code, core::ErrorCode::conflict);
  EXPECT_THAT(one.positions, IsEmpty());
  EXPECT_GT(one.lost_count, 0U);
  one.messages.clear();
  poll_until([&] { return one.messages.size() == 3; }, {&one});
  EXPECT_EQ(one.positions.at(first).offset, 0);  // nothing of it had happened
  const auto again = one.commit(done_up_to(3));
  EXPECT_TRUE(again) << again.error().message;
  EXPECT_THAT(one.complaints, IsEmpty());
  one.close();
}

TEST_F(RetryLogCase, a_paused_partition_waits_and_the_others_go_on) {
  write(3, 0);
  write(3, 1);
  const TopicPartition second{topic, 1};
  Worker worker(options, "n1");
  join(worker);
  worker.log->pause(first);
  const std::size_t before = worker.offsets(first).size();
  // What comes after it is there, so it would have been too.
  write(3, 1);
  poll_until([&] { return worker.offsets(second).size() == 6; }, {&worker});
  EXPECT_EQ(worker.offsets(first).size(), before);
  worker.log->resume(first);
  poll_until([&] { return worker.offsets(first).size() == 3; }, {&worker});
  EXPECT_THAT(worker.offsets(first), ElementsAre(0, 1, 2));
  worker.close();
}

TEST_F(RetryLogCase, a_pause_outlasts_the_coming_and_going_of_others) {
  Worker one(options, "n1");
  join(one);
  for (const auto& [partition, position] : one.positions) {
    one.log->pause(partition);
  }
  Worker two(options, "n2");
  poll_until([&] { return two.positions.size() == kPartitions / 2; }, {&one, &two});
  const std::vector<TopicPartition> kept = [&] {
    std::vector<TopicPartition> partitions;
    for (const auto& [partition, position] : one.positions) {
      partitions.push_back(partition);
    }
    return partitions;
  }();
  two.close();
  join(one);
  Writer writer(options);
  writer.await_up();
  for (const core::Duration tier : kTiers) {
    for (const std::int32_t number : {0, 1}) {
      ASSERT_TRUE(writer.write({topics.retry(tier), {"k", {}, "v"}, number}));
    }
  }
  // Those that were away came back without their pause.
  poll_until([&] { return one.messages.size() == kPartitions / 2; }, {&one});
  for (const StoredMessage& message : one.messages) {
    EXPECT_THAT(kept, testing::Not(testing::Contains(message.partition)));
  }
  one.close();
}

TEST_F(RetryLogCase, goes_on_after_an_outage) {
  write(2);
  Worker worker(options, "n1");
  poll_until([&] { return worker.messages.size() == 2; }, {&worker});
  ask_harness("stop");
  const auto begun = std::chrono::steady_clock::now();
  const auto failed = worker.commit(done_up_to(2));
  ASSERT_FALSE(failed);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
  std::size_t errors = 0;
  desk.run_until([&] { return errors > 0; },
                 [&] { errors += worker.log->poll(worker, 100) ? 0 : 1; });
  ask_harness("start");
  write(1);
  poll_until([&] { return !worker.offsets(first).empty() && worker.offsets(first).back() == 2; },
             {&worker});
  // Whatever became of the first: done up to 3 is what counts.
  desk.run_until([&] { return worker.commit(done_up_to(3)).has_value(); }, [&] { worker.poll(); });
  EXPECT_THAT(worker.complaints, IsEmpty());
  worker.close();
  Worker next(options, "n2");
  join(next);
  EXPECT_EQ(next.positions.at(first).offset, 3);
  next.close();
}

TEST_F(RetryLogCase, leaving_waits_for_no_broker) {
  Worker worker(options, "n1");
  join(worker);
  ask_harness("freeze");
  const auto begun = std::chrono::steady_clock::now();
  worker.close();
  worker.log.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(15));
  ask_harness("thaw");
}

}  // namespace
}  // namespace spillway::retry
