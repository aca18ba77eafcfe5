// RetentionWatch: everything that the journal has been seen to hold, so that what retention took
// can be told from what was lost. A delivery that is there no more has gone rightly if it may have
// ended well, or was dead for as long as the dead are kept. Whatever else is missing is forgotten
// here, too, and the oracle misses it. Survives crashes; one thread.
#pragma once

#include <algorithm>
#include <map>
#include <string>

#include "core/clock.hpp"
#include "core/event_id.hpp"
#include "journal/records.hpp"
#include "tests/simulation/stored_journal.hpp"
#include "tests/simulation/world.hpp"

namespace spillway::simulation {

class RetentionWatch {
 public:
  struct Delivery {
    core::DeliveryState state = core::DeliveryState::pending;
    core::Time updated;
    bool gone = false;  // rightly
  };
  struct Event {
    std::string body;
    journal::Sequence sequence = 0;
    core::Time accepted;
    bool in_doubt = false;  // a crash may have taken it
    std::map<journal::DestinationNumber, Delivery> deliveries;
  };
  using Events = std::map<core::EventId, Event>;

  RetentionWatch(const World& world, core::Duration keep_dead)
      : world_(&world), keep_dead_(keep_dead) {}

  // The node's clock has come so far.
  void reached(core::Time now) { latest_ = std::max(latest_, now); }
  // Keys behind their windows are about to be forgotten. By a clock that is ahead at a start, they
  // go for good.
  void forgets_keys(core::Time now);
  // For lack of space, days before today may go, though they are within their windows.
  void forgets_keys_early(core::Time now);
  // What was written is gone in part, and events from that one on were not durable.
  void crashed(journal::Sequence durable_below);
  // This is stored now. Before each retirement, so that nothing can come and go unseen: what is
  // written later cannot have ended by then.
  void look(const StoredJournal& journal);

  // What is stored, and what has rightly gone.
  [[nodiscard]] const Events& events() const { return events_; }
  [[nodiscard]] bool key_may_be_forgotten(const Event& event, core::Duration window) const {
    return event.accepted + window <= keys_forgotten_at_ || event.accepted < keys_gone_before_;
  }
  [[nodiscard]] bool has_gone(const DeliveryName& name) const;
  // Dead letters that retention must have purged, of a destination.
  [[nodiscard]] std::uint64_t purged(journal::DestinationNumber destination) const;

 private:
  [[nodiscard]] bool may_go(const DeliveryName& name, const Delivery& delivery) const;

  const World* world_;
  core::Duration keep_dead_;
  core::Time latest_;
  core::Time keys_forgotten_at_;
  core::Time keys_gone_before_;
  Events events_;
};

}  // namespace spillway::simulation
