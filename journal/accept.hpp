// Accept: the events split from one request, with their idempotency keys and deliveries, in one
// atomic batch. The verdict on duplicates is decided here, in the commit, so two equal requests at
// one instant become one event, both answered only after its sync (docs/correctness.md 6 to 8).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "core/event.hpp"
#include "journal/command.hpp"
#include "journal/dedup_index.hpp"
#include "journal/records.hpp"
#include "journal/reopen.hpp"

namespace spillway::journal {

// What to do with the key of an earlier event and another body.
enum class KeyConflict { accept, duplicate, refuse };

// An idempotency key with what a look-up before the commit found for it.
struct EventKey {
  DedupKey key;
  core::Duration window{};
  std::uint64_t as_of = 0;  // Writer::committed() before the look-up
  DedupRecord found;
};

struct NewEvent {
  core::EventPtr event;
  SourceNumber source = 0;
  std::optional<EventKey> key;
  core::Digest128 body_hash{};
  KeyConflict on_conflict = KeyConflict::accept;
  std::vector<Target> targets;                        // each destination once
  core::Reason dead_reason = core::Reason::no_route;  // why, when there are no targets
  bool replicate = false;                             // Target::replicate, of all of them
};

enum class Verdict {
  accepted,
  duplicate,  // answered with the first event's id
  reopened,   // a duplicate of an event that had failed everywhere: its deliveries wait again
  conflict,   // refused: same key, other body
};

struct AcceptedEvent : Opening {
  Verdict verdict = Verdict::accepted;
  core::EventId id;           // of the first event, if a duplicate
  bool key_conflict = false;  // accepted, though its key was known with another body
  bool unrouted = false;      // accepted, but it goes nowhere
  // A duplicate, and of the first event's deliveries these still wait for their copies.
  std::vector<OpenDelivery> unreplicated;
};

class Accept final : public Command {
 public:
  using Callback = std::move_only_function<void(core::Result<std::vector<AcceptedEvent>>)>;

  // The callback gets one result per event, in order, when they are as durable as asked for, or
  // the error when none of them was accepted.
  Accept(core::Executor& reply_to, std::vector<NewEvent> events, Durability durability,
         Callback callback);

  core::Result<void> stage(Stage& stage) override;
  void finish(core::Result<void> outcome) override;
  [[nodiscard]] Durability durability() const override { return durability_; }
  [[nodiscard]] bool sheddable() const override { return true; }
  [[nodiscard]] std::size_t body_bytes() const override;

 private:
  std::vector<NewEvent> events_;
  std::vector<AcceptedEvent> results_;
  Durability durability_;
  Callback callback_;
};

}  // namespace spillway::journal
