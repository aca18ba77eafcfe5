// Keeps this node's lease (lease.hpp): signs that it is alive, and where the lease had run out,
// makes sure that nobody takes over any more, learns what was taken over meanwhile, and takes the
// lease anew (docs/correctness.md 30). Everything on its executor.
#pragma once

#include "core/clock.hpp"
#include "core/executor.hpp"
#include "journal/command.hpp"
#include "journal/ordering.hpp"
#include "journal/replication.hpp"
#include "retry/accepted_log.hpp"
#include "retry/control_record.hpp"
#include "retry/lease.hpp"
#include "retry/poll_pace.hpp"
#include "retry/record_writer.hpp"
#include "retry/replica_probe.hpp"
#include "retry/topics.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace spillway::retry {

struct LeaseKeeperParts {
  core::Executor& executor;
  const core::Clock& clock;
  journal::CommandQueue& commands;
  RecordWriter& writer;
  AcceptedLog& log;
  Lease& lease;
  ReplicaProbe& probe;
  Topics topics;
  std::string node;
  std::uint16_t node_tag = 0;
  std::string admin{};          // where its admin listener is reached, as a URL
  std::int32_t partitions = 1;  // of the accepted topic
  std::function<NodeFigures()> figures;
  // Told of deliveries that are not this node's any more; calls `known` on the executor when nobody
  // here will begin to attempt them.
  std::function<void(std::vector<journal::OpenDelivery>, core::Task known)> adopted;
};

class LeaseKeeper {
 public:
  static constexpr core::Duration kBeat = std::chrono::seconds(5);
  static constexpr std::size_t kMessagesMax = 1000;  // of one poll

  explicit LeaseKeeper(LeaseKeeperParts parts) : parts_(std::move(parts)) {}

  void start() { beat(); }
  // Signs no more; what it may attempt ends with the lease.
  void stop();

 private:
  void beat();
  void acknowledged(core::Duration written, std::uint64_t number);
  void lost();
  // While the lease is not held: reads what was taken over, once nobody can take over any more.
  void seek(core::Duration written, std::uint64_t number);
  // Since the last sign others may have begun to take over.
  [[nodiscard]] bool is_too_late() const {
    return parts_.lease.now() - signed_ >= parts_.lease.length();
  }
  void read();
  void read_again(bool answered);
  void note(const std::vector<StoredMessage>& messages, bool is_all);
  void noted(bool is_all);

  LeaseKeeperParts parts_;
  std::uint64_t beats_ = 0;
  bool held_ = false;
  bool fenced_ = false;             // nobody takes over any more, since
  std::uint64_t fenced_after_ = 0;  // this sign
  core::Duration signed_{};         // the last one in the log since then
  std::unique_ptr<TopicReader> reader_;
  std::uint64_t reading_ = 0;  // tells one reading from those before
  PollPace pace_;
  std::size_t adopted_ = 0;
  bool stopped_ = false;
  core::TimerId beat_timer_ = 0;
  core::TimerId read_timer_ = 0;
};

}  // namespace spillway::retry
