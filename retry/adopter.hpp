// Takes over what silent nodes had accepted (docs/correctness.md 30): moves the copies that stand
// in the accepted topic to the retry topics, where any worker attempts them, each in the
// transaction that ends the copy. Whoever else began the same is kept out by the log, and so is
// this one by the node itself when it returns. Everything on its executor.
#pragma once

#include "core/clock.hpp"
#include "core/executor.hpp"
#include "retry/accepted_log.hpp"
#include "retry/control_state.hpp"
#include "retry/node_table.hpp"
#include "retry/poll_pace.hpp"
#include "retry/record_writer.hpp"
#include "retry/replica_probe.hpp"
#include "retry/topics.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace spillway::retry {

struct AdopterParts {
  core::Executor& executor;
  const core::Clock& clock;
  AcceptedLog& log;
  RecordWriter& writer;
  const NodeTable& nodes;
  const ControlState& control;
  ReplicaProbe& probe;
  Topics topics;
  std::string node;
  std::int32_t partitions = 1;  // of the accepted topic
};

class Adopter {
 public:
  static constexpr core::Duration kLook = std::chrono::seconds(1);
  static constexpr core::Duration kSecondTry = std::chrono::seconds(5);
  static constexpr std::size_t kMessagesMax = 1000;  // of one poll
  static constexpr std::size_t kMoveMax = 256;       // of one transaction
  static constexpr std::size_t kMoveBytesMax = std::size_t{1} << 20;

  explicit Adopter(AdopterParts parts) : parts_(std::move(parts)) {}

  void start() { again(kLook); }
  void stop();

 private:
  // What is read, to its end as it was when the reading began.
  enum class Reading {
    signs,   // whether the node has given one meanwhile
    copies,  // which of its copies stand
    bodies,  // those again, to be moved
  };

  void again(core::Duration pause);
  void look();
  void begin(std::uint16_t tag);
  // False: it is not to go on.
  bool read_from(Reading what, const TopicPartition& partition, std::int64_t offset);
  void read();
  void read_through();
  bool take(const StoredMessage& message);
  void take_sign(const StoredMessage& message);
  void take_copy(const StoredMessage& message);
  bool take_body(const StoredMessage& message);
  // What has been gathered. False: it is not to go on.
  bool move();
  // That it is all moved. Not in the transaction: one left open would hide what nodes sign.
  void tell();
  void abandon(const std::string& why);
  [[nodiscard]] TopicPartition copies_of_node() const;

  AdopterParts parts_;
  std::uint16_t tag_ = 0;
  core::Time heard_;
  Reading what_ = Reading::signs;
  std::unique_ptr<TopicReader> reader_;
  bool gave_a_sign_ = false;
  std::unordered_map<std::string, std::int64_t> standing_;  // by key, the offset of the copy
  std::vector<OutgoingMessage> moving_;
  std::size_t moving_bytes_ = 0;
  std::size_t moved_ = 0;
  PollPace pace_;
  core::TimerId timer_ = 0;
};

}  // namespace spillway::retry
