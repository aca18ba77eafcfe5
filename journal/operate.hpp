// What operators and configuration ask of the journal: replay and drop deliveries, pause and resume
// destinations, give names their numbers. All is synced before its answer (docs/correctness.md 5).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "journal/command.hpp"
#include "journal/records.hpp"
#include "journal/reopen.hpp"

namespace spillway::journal {

// A command whose only logic is what it does to the stage: its result is handed to a callback.
template <class Value>
class DecidedCommand : public Command {
 public:
  using Callback = std::move_only_function<void(core::Result<Value>)>;

  DecidedCommand(core::Executor& reply_to, Callback callback)
      : Command(reply_to), callback_(std::move(callback)) {}

  core::Result<void> stage(Stage& stage) final {
    auto decided = decide(stage);
    if (!decided) {
      return std::unexpected(std::move(decided).error());
    }
    value_ = *std::move(decided);
    return {};
  }
  void finish(core::Result<void> outcome) final {
    if (outcome) {
      callback_(*std::move(value_));
    } else {
      callback_(std::unexpected(std::move(outcome).error()));
    }
  }

 private:
  virtual core::Result<Value> decide(Stage& stage) = 0;

  std::optional<Value> value_;
  Callback callback_;
};

// One that is answered when it is synced.
template <class Value>
class SyncedCommand : public DecidedCommand<Value> {
 public:
  using DecidedCommand<Value>::DecidedCommand;

  [[nodiscard]] Command::Durability durability() const final { return Command::Durability::synced; }
};

// Opens the deliveries of an event again: all that can be, or those to one destination. Without a
// route so far, it goes to `targets` (today's routes).
class Replay final : public SyncedCommand<Opening> {
 public:
  Replay(core::Executor& reply_to, Sequence sequence, std::optional<DestinationNumber> only,
         std::vector<Target> targets, Rejoin rejoin, Callback callback);

 private:
  core::Result<Opening> decide(Stage& stage) override;

  Sequence sequence_;
  std::optional<DestinationNumber> only_;
  std::vector<Target> targets_;
  Rejoin rejoin_;
};

// Gives up for good on dead or expired deliveries: they become purged (`dropped`). The result is
// how many were.
class Drop final : public SyncedCommand<std::size_t> {
 public:
  Drop(core::Executor& reply_to, std::vector<DeliveryRef> refs, Callback callback);

 private:
  core::Result<std::size_t> decide(Stage& stage) override;

  std::vector<DeliveryRef> refs_;
};

// Pauses (with a reason) or resumes a destination. False: it was so already. What was decided here
// the other nodes are told.
class SetPaused final : public SyncedCommand<bool> {
 public:
  enum class Decided { here, elsewhere };

  SetPaused(core::Executor& reply_to, DestinationNumber destination,
            std::optional<std::string> pause_reason, Callback callback,
            Decided decided = Decided::here);

 private:
  core::Result<bool> decide(Stage& stage) override;

  DestinationNumber destination_;
  std::optional<std::string> pause_reason_;  // empty: resume
  Decided decided_;
};

// Numbers and stored state of the names a configuration uses; new names get new numbers.
struct Names {
  std::map<std::string, SourceNumber, std::less<>> sources;
  std::map<std::string, DestinationRecord, std::less<>> destinations;
};

class Register final : public SyncedCommand<Names> {
 public:
  Register(core::Executor& reply_to, std::vector<std::string> sources,
           std::vector<std::string> destinations, Callback callback);

 private:
  core::Result<Names> decide(Stage& stage) override;

  std::vector<std::string> sources_;
  std::vector<std::string> destinations_;
};

}  // namespace spillway::journal
