// World: what the outside saw. Which events were sent, which were acked, what requests reached the
// destinations, what operators were promised. It knows nothing of the node's memory, so it survives
// the node's crashes; the oracle holds the node to it. One thread.
#pragma once

#include <compare>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "core/event_id.hpp"
#include "journal/records.hpp"
#include "tests/simulation/receiver.hpp"
#include "tests/simulation/traffic.hpp"

namespace spillway::simulation {

struct Ack {
  core::EventId id;
  std::string body;  // of the event that was sent
  core::Time at;
};

// How far a delivery is known to have come: it may go on from there, never back.
struct Fate {
  std::uint32_t generation = 1;
  std::uint32_t attempts = 0;
  core::DeliveryState state = core::DeliveryState::pending;
};

// A delivery as the outside can tell it.
struct DeliveryName {
  core::EventId event;
  journal::DestinationNumber destination = journal::kNoDestination;

  auto operator<=>(const DeliveryName&) const = default;
};

struct Arrival {
  std::string body;
  core::Time at;
};

class World {
 public:
  // --- upstreams ---
  void sent(const SentEvent& event) { sent_.emplace(event.body, event); }
  void acked(Ack ack) {
    answered_.insert(ack.body);
    acks_.push_back(std::move(ack));
  }
  // Its event is written, at the latest with this command, but not synced: a power cut may take it
  // until then, a crash of the process may not.
  void acked_from_memory(Ack ack, std::uint64_t command);
  [[nodiscard]] bool may_be_lost(const core::EventId& id) const { return lost_.contains(id); }
  // For good: its key belongs to another body.
  void refused(const std::string& body) { answered_.insert(body); }
  [[nodiscard]] const std::map<std::string, SentEvent, std::less<>>& sent() const { return sent_; }
  [[nodiscard]] const std::vector<Ack>& acks() const { return acks_; }
  [[nodiscard]] bool answered(const std::string& body) const { return answered_.contains(body); }

  // --- destinations ---
  // The node begins an attempt.
  void attempted(const DeliveryName& name, std::uint32_t generation, core::Time now);
  // The request has arrived, from a node whose clock is ahead by so much.
  void arrived(const DeliveryName& name, const Letter& letter, core::Time now,
               core::Duration clock_ahead);
  [[nodiscard]] const std::map<DeliveryName, Arrival>& arrivals() const { return arrivals_; }

  // --- what the node knows ---
  // It has learned what came of an attempt and asked its journal to write it, at the latest with
  // this command. A crash may take it back until a sync has covered that.
  void settled(const DeliveryName& name, const Fate& fate, std::uint64_t command);
  void synced(std::uint64_t up_to_command);
  // What was written and not synced is still there, or some of it is lost.
  enum class Crash { of_process, of_power };
  void crashed(Crash crash);
  // Something that was acked from memory.
  [[nodiscard]] bool waits_for_sync() const { return !unsynced_acks_.empty(); }
  [[nodiscard]] bool arrived_since_sync() const { return arrived_since_sync_; }
  // It has answered after a sync: this cannot be taken back.
  void promised(const DeliveryName& name, const Fate& fate);
  [[nodiscard]] const std::map<DeliveryName, Fate>& fates() const { return fates_; }
  // It has answered that the event is erased: nothing more of it is sent.
  void erased(const core::EventId& event, core::Time now) { erased_.emplace(event, now); }
  [[nodiscard]] bool is_erased(const core::EventId& event) const { return erased_.contains(event); }

  // Its destination has taken it, or an operator has asked to be rid of it: it may have found its
  // end, in this generation or, without one, in any. What has ended may be forgotten.
  void may_have_ended(const DeliveryName& name, std::uint32_t generation = kAnyGeneration);
  [[nodiscard]] bool may_be_forgotten(const DeliveryName& name) const;

  void named(const std::string& destination, journal::DestinationNumber number);
  [[nodiscard]] const std::map<std::string, journal::DestinationNumber>& names() const {
    return names_;
  }
  // Asked, so it is unknown which until it is answered.
  void pause_asked(journal::DestinationNumber number) {
    paused_.erase(number);
    paused_at_.erase(number);
  }
  void pause_answered(journal::DestinationNumber number, bool paused, core::Time now);
  // It answered 410, so the node pauses it by itself, at a time unknown outside.
  void gone(journal::DestinationNumber number);
  [[nodiscard]] const std::map<journal::DestinationNumber, bool>& paused() const { return paused_; }

  // It is configured no more: events that are accepted from now on have no delivery to it, and
  // nothing more is attempted there. Told anew in each life that begins without it.
  void removed(journal::DestinationNumber number, core::Time now, journal::Sequence next);
  // It is configured again, from about that event on.
  void brought_back(journal::DestinationNumber number, journal::Sequence next);
  [[nodiscard]] bool is_removed(journal::DestinationNumber number) const {
    return removed_at_.contains(number);
  }
  // An event that was meant for it may have been accepted without a delivery to it.
  [[nodiscard]] bool may_lack(journal::DestinationNumber number, journal::Sequence sequence) const;
  [[nodiscard]] bool may_ever_lack(journal::DestinationNumber number) const {
    return absences_.contains(number);
  }
  // Its deliveries may go elsewhere than it was meant to, and without an order.
  void may_be_rerouted(const core::EventId& event) { rerouted_.insert(event); }
  [[nodiscard]] bool was_maybe_rerouted(const core::EventId& event) const {
    return rerouted_.contains(event);
  }

  // The first violation ends the run.
  void violate(std::string what);
  [[nodiscard]] const std::optional<std::string>& violation() const { return violation_; }

 private:
  static constexpr std::uint32_t kAnyGeneration = std::numeric_limits<std::uint32_t>::max();

  std::map<std::string, SentEvent, std::less<>> sent_;  // by body
  std::vector<Ack> acks_;
  std::deque<std::pair<std::uint64_t, Ack>> unsynced_acks_;  // by command
  std::set<core::EventId> lost_;                             // maybe
  std::set<std::string> answered_;                           // bodies
  std::map<DeliveryName, std::uint32_t> ended_;              // the latest generation that may have
  std::map<DeliveryName, Arrival> arrivals_;                 // the first
  struct Unsynced {
    DeliveryName name;
    Fate fate;
    std::uint64_t command = 0;
  };
  std::deque<Unsynced> unsynced_;
  bool arrived_since_sync_ = false;
  std::map<DeliveryName, Fate> fates_;
  std::map<core::EventId, core::Time> erased_;
  std::map<std::string, journal::DestinationNumber> names_;
  std::map<journal::DestinationNumber, bool> paused_;
  std::map<journal::DestinationNumber, core::Time> paused_at_;
  std::set<journal::DestinationNumber> gone_;
  std::map<journal::DestinationNumber, core::Time> removed_at_;
  struct Absence {
    journal::Sequence from = 0;
    journal::Sequence to = std::numeric_limits<journal::Sequence>::max();
  };
  std::map<journal::DestinationNumber, std::vector<Absence>> absences_;
  std::set<core::EventId> rerouted_;
  std::optional<std::string> violation_;
};

}  // namespace spillway::simulation
