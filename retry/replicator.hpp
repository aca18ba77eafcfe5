// Writes the copies of deliveries accepted with `ack: replicated`, and lets the deliveries go when
// they stand (docs/correctness.md 29). Used by ingest, on the executors it accepts on.
#pragma once

#include "core/clock.hpp"
#include "core/event.hpp"
#include "core/executor.hpp"
#include "delivery/dispatcher.hpp"
#include "delivery/fence.hpp"
#include "journal/command.hpp"
#include "journal/replication.hpp"
#include "retry/record_writer.hpp"
#include "retry/replica_probe.hpp"
#include "retry/topics.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace spillway::retry {

// What waits for its copy.
struct Replica {
  core::EventPtr event;
  journal::OpenDelivery delivery;
  std::string destination;
};

struct ReplicatorParts {
  const core::Clock& clock;
  journal::CommandQueue& commands;
  RecordWriter& writer;
  const delivery::Fence& lease;
  ReplicaProbe& probe;
  Topics topics;
  std::string node;
  std::uint16_t node_tag = 0;
  // Of the accepted topic; 0 until Kafka was reached.
  const std::atomic<std::int32_t>& partitions;
  // Told of what may be attempted now.
  std::function<void(core::Executor& here, std::vector<delivery::Opened>)> opened;
};

class Replicator {
 public:
  // The sender is told no later than after this.
  static constexpr core::Duration kDeadline = std::chrono::seconds(2);

  using Callback = std::move_only_function<void(bool done)>;

  explicit Replicator(ReplicatorParts parts) : parts_(std::move(parts)) {}

  // Calls back once on `here`, never from within the call: whether all copies stand, by a node that
  // is known to be alive, and their deliveries were let go. Where that comes true later they are
  // let go then.
  void replicate(core::Executor& here, std::vector<Replica> replicas, Callback callback);

  // Copies are not waited for any longer: the deliveries are let go without, which is durable when
  // it calls back, or could not be written.
  void give_up(core::Executor& here, const std::vector<Replica>& replicas, Callback callback);

 private:
  struct Writing;

  void written(const std::shared_ptr<Writing>& writing, const core::Result<void>& result);
  void end(core::Executor& here, const std::vector<Replica>& replicas,
           journal::EndReplication::Copies copies, Callback callback);

  ReplicatorParts parts_;
};

}  // namespace spillway::retry
