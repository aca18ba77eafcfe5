// A command is one thing asked of the journal: accept these events, settle this attempt, pause
// that destination. It is made on any thread, staged by the committer against a consistent state,
// and answered on the executor that asked, when as much is durable as it demands.
#pragma once

#include <cstddef>
#include <memory>

#include "core/error.hpp"
#include "core/executor.hpp"

namespace spillway::journal {

class Stage;

class Command {
 public:
  // When may it be answered?
  enum class Durability {
    written,  // its batch is applied; it is synced at most 50 ms later
    synced,
  };

  explicit Command(core::Executor& reply_to) : reply_to_(&reply_to) {}
  virtual ~Command() = default;
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  // Decides and adds its changes to the stage. Committer's thread. An error means damage (the
  // store cannot be read); it fails this command alone, and the batch is staged again without it.
  // So it may be called more than once: the last call counts.
  virtual core::Result<void> stage(Stage& stage) = 0;

  // The answer, on reply_to(): the result decided by the last stage(), or why there is none.
  virtual void finish(core::Result<void> outcome) = 0;

  [[nodiscard]] virtual Durability durability() const = 0;

  // May be refused while the store is stalled, because whoever asked will ask again.
  [[nodiscard]] virtual bool sheddable() const { return false; }

  // Needs a batch of its own: it rearranges stored rows that others in its batch may be changing.
  [[nodiscard]] virtual bool alone() const { return false; }

  // Of bodies that it brings.
  [[nodiscard]] virtual std::size_t body_bytes() const { return 0; }

  [[nodiscard]] core::Executor& reply_to() const { return *reply_to_; }

 private:
  core::Executor* reply_to_;
};

// Where commands are handed in: the committer's queue.
class CommandQueue {
 public:
  virtual ~CommandQueue() = default;

  // Any thread. Sheddable commands are refused (finish() is called with `unavailable`) when the
  // queue is full; others always find room, since their senders bound them.
  virtual void submit(std::unique_ptr<Command> command) = 0;
};

}  // namespace spillway::journal
