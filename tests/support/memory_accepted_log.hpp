// The accepted topic in a MemoryLog: what one node reads and moves there, and who keeps whom out.
// One thread.
#pragma once

#include "retry/accepted_log.hpp"
#include "tests/support/memory_log.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

namespace spillway::support {

// By node tag, how often it was asked for that nobody else moves anything of the node.
using MemoryFences = std::map<std::uint16_t, std::uint64_t>;

class MemoryAcceptedLog final : public retry::AcceptedLog {
 public:
  // Both outlive it; the fences are common to all nodes.
  MemoryAcceptedLog(MemoryLog& log, MemoryFences& fences) : log_(&log), fences_(&fences) {}

  // What the next call comes to; told of each message that was moved.
  std::function<core::Result<void>()> on_call = [] { return core::Result<void>(); };
  std::function<void(const retry::OutgoingMessage&)> on_moved = [](const auto&) {};

  core::Result<void> fence(std::uint16_t tag) override;
  core::Result<void> move(const std::vector<retry::OutgoingMessage>& messages) override;
  core::Result<std::unique_ptr<retry::TopicReader>> read(const retry::TopicPartition& partition,
                                                         std::int64_t offset) override;

 private:
  MemoryLog* log_;
  MemoryFences* fences_;
  std::uint16_t tag_ = 0;
  std::uint64_t turn_ = 0;
};

}  // namespace spillway::support
