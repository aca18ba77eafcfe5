// What a node shares with others through Kafka: hands deliveries over, takes part in the group of
// workers, reads the ledger and what is asked of all nodes. Made by Node where `kafka` is
// configured; a thread of its own does all that talks to Kafka, and may wait for it. Without Kafka
// the node goes on with its own spool, and this goes on trying.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "admin/context.hpp"
#include "app/worker.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/metrics.hpp"
#include "delivery/dispatcher.hpp"
#include "delivery/fence.hpp"
#include "journal/command.hpp"
#include "journal/ordering.hpp"
#include "journal/store.hpp"
#include "retry/adopter.hpp"
#include "retry/control_reader.hpp"
#include "retry/control_state.hpp"
#include "retry/custody_recovery.hpp"
#include "retry/hand_over_desk.hpp"
#include "retry/hand_over_probe.hpp"
#include "retry/kafka_options.hpp"
#include "retry/lane_attempts.hpp"
#include "retry/lease.hpp"
#include "retry/lease_keeper.hpp"
#include "retry/ledger_books.hpp"
#include "retry/ledger_reader.hpp"
#include "retry/node_table.hpp"
#include "retry/notice_sender.hpp"
#include "retry/replica_probe.hpp"
#include "retry/replication_sweep.hpp"
#include "retry/replicator.hpp"
#include "retry/retry_probe.hpp"
#include "retry/retry_worker.hpp"
#include "retry/topics.hpp"
#include "retry_kafka/kafka_accepted_log.hpp"
#include "retry_kafka/kafka_limits.hpp"
#include "retry_kafka/kafka_probe.hpp"
#include "retry_kafka/kafka_retry_log.hpp"
#include "retry_kafka/kafka_topic_reader.hpp"
#include "retry_kafka/record_producer.hpp"

namespace spillway::app {

// All outlive the spool.
struct KafkaSpoolParts {
  const core::Clock& clock;
  const journal::Store& store;
  journal::CommandQueue& commands;
  core::Registry& registry;
  std::uint16_t node_tag = 0;
  std::function<journal::Counts()> counts;  // of all destinations; any thread
};

// Where Kafka is not configured: refuses if it holds deliveries of this journal, which would be
// nobody's to attempt.
[[nodiscard]] core::Result<void> check_custody(const journal::Store& store);

class KafkaSpool {
 public:
  static core::Result<std::unique_ptr<KafkaSpool>> make(const KafkaSpoolParts& parts,
                                                        retry::KafkaOptions options,
                                                        retry::KafkaLimits limits);
  ~KafkaSpool();
  KafkaSpool(const KafkaSpool&) = delete;
  KafkaSpool& operator=(const KafkaSpool&) = delete;

  // For an engine on that executor; the spool outlives it.
  [[nodiscard]] std::unique_ptr<retry::HandOverDesk> make_desk(core::Executor& executor);
  // For engines and for ingest; they outlive no use of them.
  [[nodiscard]] const delivery::Fence& fence() const { return lease_; }
  [[nodiscard]] retry::Replicator& replicator() { return *replicator_; }
  // The nodes that were heard of, by their tags; `done` is called on the spool's thread.
  using Nodes = std::vector<admin::NodeStatus>;
  void ask_nodes(std::move_only_function<void(Nodes)> done);
  // Tells all nodes that one is gone for good. `done` is called on the spool's thread.
  void forget_node(std::uint16_t tag, std::move_only_function<void(core::Result<void>)> done);
  // Before start(): whose lanes attempt, and are told.
  void deliver_with(delivery::Dispatcher& dispatcher);
  // At start and reload, from any thread.
  void configure(const std::vector<delivery::LaneSetup>& lanes);

  // The URL at which other nodes reach this one's admin listener; empty: they do not.
  void start(std::string admin);
  // Starts no attempt any more, and returns when those under way have ended and are written, or
  // some seconds after the deadline. The engines may be stopping, and still run.
  void stop(core::Time deadline);
  // When the engines have ended: waits for what they handed over last, and for what others are to
  // hear of it.
  void close(core::Duration limit);
  // Ends the thread, once the journal answers nothing any more.
  void join() { thread_.join(); }

 private:
  class Link;
  using Asked = std::map<std::string, retry::PauseEverywhere, std::less<>>;  // by destination

  KafkaSpool(const KafkaSpoolParts& parts, retry::KafkaOptions options, retry::KafkaLimits limits);

  [[nodiscard]] Nodes nodes_now() const;
  void tick();
  void connect();
  void put_in_order();
  void heard_of_pause(const retry::PauseEverywhere& asks);
  void pause_or_resume(const Asked& asked);
  void pause_or_resume(journal::DestinationNumber number, const retry::PauseEverywhere& asks);
  // Whoever has lanes for them hears what became of them.
  void changed(std::vector<journal::OpenDelivery> deliveries);

  const KafkaSpoolParts parts_;
  const retry::KafkaOptions options_;
  const retry::KafkaLimits limits_;
  const retry::Topics topics_;
  Worker thread_;
  retry::KafkaProbe kafka_probe_;
  retry::HandOverProbe hand_over_probe_;
  retry::RetryProbe retry_probe_;
  std::unique_ptr<retry::RecordProducer> producer_;
  // For hand-overs: the topics are as they must be, and what a life before left halfway is in
  // order.
  std::atomic<bool> open_{false};
  delivery::Dispatcher* dispatcher_ = nullptr;
  std::unique_ptr<retry::LaneAttempts> attempts_;
  retry::CustodyRecovery recovery_;
  std::unique_ptr<retry::NoticeSender> notices_;
  retry::Lease lease_;
  retry::ReplicaProbe replica_probe_;
  std::atomic<std::int32_t> accepted_partitions_{0};  // 0 until Kafka was reached
  std::unique_ptr<retry::Replicator> replicator_;
  std::unique_ptr<retry::ReplicationSweep> sweep_;
  std::string admin_;
  retry::NodeTable nodes_;
  retry::ControlState control_;
  // Of destinations, while the control topic is read from its beginning: what was asked last.
  Asked asked_before_;
  std::unique_ptr<Link> link_;  // once Kafka was there
  core::Time started_;
  core::Time next_try_;
  bool unreachable_ = false;  // and that was said
  bool recovering_ = false;
  bool recovered_ = false;
  bool running_ = false;
  core::TimerId timer_ = 0;
};

}  // namespace spillway::app
