// Ingest: the whole front path of an event in one function: verify ─▶ split ─▶ route ─▶
// dedup + journal ─▶ acknowledge. Knows no sockets: FrontDoor puts HTTP around it, the simulation
// calls it directly. One for all io threads.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/byte_budget.hpp"
#include "core/clock.hpp"
#include "core/event.hpp"
#include "core/executor.hpp"
#include "core/random.hpp"
#include "dedup/claim_hasher.hpp"
#include "delivery/engine.hpp"
#include "gateway/plan.hpp"
#include "journal/accept.hpp"
#include "journal/command.hpp"
#include "journal/store.hpp"
#include "journal/writer.hpp"
#include "retry/replicator.hpp"

namespace spillway::gateway {

// A request that arrived whole.
struct Delivered {
  std::string method;
  std::string query;
  std::vector<core::Header> headers;
  std::string body;
  core::ByteBudget::Reservation memory;  // for the body, until it is durable
};

// What the sender is told.
struct Answer {
  int status = 500;
  std::string refusal;                              // why, when nothing was accepted
  std::optional<std::chrono::seconds> retry_after;  // with a refusal
  std::size_t count = 0;                            // events in the request
  std::vector<core::EventId> ids;                   // the first kIdsMax of them
  bool duplicate = false;                           // all of them were known
  journal::Command::Durability durability = journal::Command::Durability::synced;
  bool replicated = false;  // and copies stand where other nodes find them

  static constexpr std::size_t kIdsMax = 16;
};

class Ingest {
 public:
  // Told of deliveries that have become pending, on the executor that accepted them; the event is
  // empty where it is an older one.
  using Opened = std::function<void(core::Executor& here, std::vector<delivery::Opened>)>;
  using Callback = std::move_only_function<void(Answer)>;

  // All outlive the ingest. `random` is used by every thread that accepts.
  Ingest(const journal::Store& store, const journal::Writer& writer, journal::CommandQueue& queue,
         const core::Clock& clock, core::Random& random, Opened opened);

  // Events with an idempotency key are to be claimed among several nodes. Before the first
  // accept(); the hasher outlives the ingest.
  void claim_with(const dedup::ClaimHasher& hasher) { claims_ = &hasher; }

  // Sources may ask for copies. Before the first accept(); it outlives the ingest.
  void replicate_with(retry::Replicator& replicator) { replicator_ = &replicator; }

  // Accepts what the request holds, or says why not. `plan` keeps the door alive. Calls back on
  // `executor`, once, never from within accept().
  void accept(std::shared_ptr<const Plan> plan, const Door& door, Delivered request,
              core::Executor& executor, Callback callback) const;

 private:
  struct Batch;

  core::Result<std::unique_ptr<Batch>> prepare(std::shared_ptr<const Plan> plan, const Door& door,
                                               Delivered request) const;
  [[nodiscard]] std::optional<core::ClaimKey> claim_of(const Door& door, const Unit& unit) const;
  core::Result<std::optional<journal::EventKey>> look_up(const Door& door, const Unit& unit,
                                                         core::Time now) const;
  void committed(std::unique_ptr<Batch> batch,
                 core::Result<std::vector<journal::AcceptedEvent>> outcome) const;
  // Answers when the copies stand, or as the source wants it where they do not.
  void replicate(std::unique_ptr<Batch> batch) const;
  void not_replicated(std::unique_ptr<Batch> batch) const;

  const journal::Store* store_;
  const journal::Writer* writer_;
  journal::CommandQueue* queue_;
  const core::Clock* clock_;
  core::Random* random_;
  Opened opened_;
  const dedup::ClaimHasher* claims_ = nullptr;
  retry::Replicator* replicator_ = nullptr;
};

}  // namespace spillway::gateway
