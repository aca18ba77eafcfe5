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
#include <vector>

#include "core/clock.hpp"
#include "core/event_id.hpp"
#include "journal/records.hpp"
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
  // For good: its key belongs to another body.
  void refused(const std::string& body) { answered_.insert(body); }
  [[nodiscard]] const std::map<std::string, SentEvent, std::less<>>& sent() const { return sent_; }
  [[nodiscard]] const std::vector<Ack>& acks() const { return acks_; }
  [[nodiscard]] bool answered(const std::string& body) const { return answered_.contains(body); }

  // --- destinations ---
  // The node begins an attempt.
  void attempted(const DeliveryName& name, std::uint32_t generation);
  // The request has arrived.
  void arrived(const DeliveryName& name, const std::string& body, core::Time now);
  [[nodiscard]] const std::map<DeliveryName, Arrival>& arrivals() const { return arrivals_; }

  // --- what the node knows ---
  // It has learned what came of an attempt and asked its journal to write it, at the latest with
  // this command. A crash may take it back until a sync has covered that.
  void settled(const DeliveryName& name, const Fate& fate, std::uint64_t command);
  void synced(std::uint64_t up_to_command);
  void crashed() {
    unsynced_.clear();
    arrived_since_sync_ = false;
  }
  [[nodiscard]] bool arrived_since_sync() const { return arrived_since_sync_; }
  // It has answered after a sync: this cannot be taken back.
  void promised(const DeliveryName& name, const Fate& fate);
  [[nodiscard]] const std::map<DeliveryName, Fate>& fates() const { return fates_; }

  // Its destination has taken it, or an operator has asked to be rid of it: it may have found its
  // end, in this generation or, without one, in any. What has ended may be forgotten.
  void may_have_ended(const DeliveryName& name, std::uint32_t generation = kAnyGeneration);
  [[nodiscard]] bool may_be_forgotten(const DeliveryName& name) const;

  void named(const std::string& destination, journal::DestinationNumber number);
  [[nodiscard]] const std::map<std::string, journal::DestinationNumber>& names() const {
    return names_;
  }
  // Asked, so it is unknown which until it is answered.
  void pause_asked(journal::DestinationNumber number) { paused_.erase(number); }
  void pause_answered(journal::DestinationNumber number, bool paused);
  // It answered 410, so the node pauses it by itself, at a time unknown outside.
  void gone(journal::DestinationNumber number);
  [[nodiscard]] const std::map<journal::DestinationNumber, bool>& paused() const { return paused_; }

  // The first violation ends the run.
  void violate(std::string what);
  [[nodiscard]] const std::optional<std::string>& violation() const { return violation_; }

 private:
  static constexpr std::uint32_t kAnyGeneration = std::numeric_limits<std::uint32_t>::max();

  std::map<std::string, SentEvent, std::less<>> sent_;  // by body
  std::vector<Ack> acks_;
  std::set<std::string> answered_;               // bodies
  std::map<DeliveryName, std::uint32_t> ended_;  // the latest generation that may have
  std::map<DeliveryName, Arrival> arrivals_;     // the first
  struct Unsynced {
    DeliveryName name;
    Fate fate;
    std::uint64_t command = 0;
  };
  std::deque<Unsynced> unsynced_;
  bool arrived_since_sync_ = false;
  std::map<DeliveryName, Fate> fates_;
  std::map<std::string, journal::DestinationNumber> names_;
  std::map<journal::DestinationNumber, bool> paused_;
  std::set<journal::DestinationNumber> gone_;
  std::optional<std::string> violation_;
};

}  // namespace spillway::simulation
