// A worker on a log in memory with one partition for each topic, on virtual time.
#pragma once

#include "core/metrics.hpp"
#include "retry/fate_record.hpp"
#include "retry/retry_worker.hpp"
#include "tests/support/memory_log.hpp"
#include "tests/support/virtual_time.hpp"
#include "tests/unit/retry/fake_attempts.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace spillway::retry::testing_support {

inline constexpr core::Duration kShort = std::chrono::seconds(30);
inline constexpr core::Duration kAWhile =
    std::chrono::milliseconds(500);  // for a poll and a transaction

class RetryWorkerTest : public testing::Test {
 protected:
  RetryWorkerTest() {
    control_.set_caught_up(true);
    options_.node = "worker";
    options_.ledger_partitions = 1;
  }

  void start() {
    worker_ = std::make_unique<RetryWorker>(RetryWorkerParts{.executor = executor_,
                                                             .clock = time_,
                                                             .log = member_,
                                                             .attempts = attempts_,
                                                             .control = control_,
                                                             .probe = probe_,
                                                             .topics = topics_,
                                                             .options = options_});
    worker_->start();
    time_.run_ready();
  }

  void spool(const SpoolRecord& record, core::Duration tier = kShort) {
    log_.append({.topic = topics_.retry(tier), .message = record.encode()});
  }
  // So that they are ready.
  void spool_and_wait(const SpoolRecord& record) {
    spool(record);
    time_.run_for(kShort + kAWhile);
  }

  RetryPosition position(core::Duration tier = kShort) {
    return log_.position({topics_.retry(tier), 0});
  }
  std::vector<SpoolRecord> waiting(core::Duration tier) {
    std::vector<SpoolRecord> records;
    for (const StoredMessage& message : log_.messages(topics_.retry(tier))) {
      records.push_back(SpoolRecord::decode(message.message).value());
    }
    return records;
  }
  std::vector<FateRecord> fates() {
    std::vector<FateRecord> found;
    for (const StoredMessage& message : log_.messages(topics_.ledger())) {
      found.push_back(FateRecord::decode(message.message).value());
    }
    return found;
  }
  void ask(const ControlRecord& record) {
    control_.apply({.partition = {topics_.control(), 0},
                    .offset = 0,
                    .appended = time_.now(),
                    .message = record.encode()});
  }
  static ControlRecord voiding(const SpoolRecord& record, std::uint32_t generation) {
    return {.asks = VoidCopies{.event = record.event->id,
                               .destination = record.destination,
                               .generation = generation}};
  }
  double metric(const std::string& name, const core::Labels& labels = {}) {
    for (const core::Family& family : registry_.collect()) {
      for (const core::Sample& sample : family.samples) {
        if (family.name == name && sample.labels == labels) {
          return sample.value;
        }
      }
    }
    ADD_FAILURE() << name;
    return -1;
  }
  double repeats() { return metric("spillway_duplicates_total", {{"where", "rebalance"}}); }

  support::VirtualTime time_;
  support::VirtualExecutor executor_{time_};
  Topics topics_{"test"};
  support::MemoryLog log_{time_, topics_, 1};
  support::MemoryRetryLog member_{log_};
  FakeAttempts attempts_{executor_};
  ControlState control_;
  core::Registry registry_;
  RetryProbe probe_{registry_};
  RetryWorkerOptions options_;
  std::unique_ptr<RetryWorker> worker_;
};

}  // namespace spillway::retry::testing_support
