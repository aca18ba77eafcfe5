// World: what the outside saw. Which events were sent, which were acked, what requests reached the
// destinations, what operators were promised. It knows nothing of the node's memory, so it survives
// the node's crashes; the oracle holds the node to it. One thread.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/event_id.hpp"
#include "journal/accept.hpp"
#include "journal/records.hpp"

namespace spillway::simulation {

struct Source {
  std::string_view name;
  journal::KeyConflict on_conflict;
};
inline constexpr std::array<Source, 3> kSources = {{
    {"accepting", journal::KeyConflict::accept},
    {"merging", journal::KeyConflict::duplicate},
    {"refusing", journal::KeyConflict::refuse},
}};

// An event as an upstream means it; its body is unique.
struct SentEvent {
  std::size_t source = 0;
  std::string key;  // empty: none
  std::string body;
  std::vector<std::size_t> targets;
  std::size_t request = 0;  // events of one request are accepted together or not at all
};

struct Ack {
  core::EventId id;
  journal::Verdict verdict = journal::Verdict::accepted;
  std::string body;  // of the event that was sent
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

class World {
 public:
  // --- upstreams ---
  void sent(const SentEvent& event) { sent_.emplace(event.body, event); }
  void acked(Ack ack) { acks_.push_back(std::move(ack)); }
  [[nodiscard]] const std::map<std::string, SentEvent, std::less<>>& sent() const { return sent_; }
  [[nodiscard]] const std::vector<Ack>& acks() const { return acks_; }

  // --- destinations ---
  // The node begins an attempt.
  void attempted(const DeliveryName& name, std::uint32_t generation);
  // The request has arrived.
  void arrived(const DeliveryName& name, const std::string& body);
  [[nodiscard]] const std::map<DeliveryName, std::string>& arrivals() const { return arrivals_; }

  // --- what the node knows ---
  // It has learned what came of an attempt and asked its journal to write it, at the latest with
  // this command. A crash may take it back until a sync has covered that.
  void settled(const DeliveryName& name, const Fate& fate, std::uint64_t command);
  void synced(std::uint64_t up_to_command);
  void crashed() { unsynced_.clear(); }
  // It has answered after a sync: this cannot be taken back.
  void promised(const DeliveryName& name, const Fate& fate);
  [[nodiscard]] const std::map<DeliveryName, Fate>& fates() const { return fates_; }

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
  std::map<std::string, SentEvent, std::less<>> sent_;  // by body
  std::vector<Ack> acks_;
  std::map<DeliveryName, std::string> arrivals_;  // body of the first
  struct Unsynced {
    DeliveryName name;
    Fate fate;
    std::uint64_t command = 0;
  };
  std::deque<Unsynced> unsynced_;
  std::map<DeliveryName, Fate> fates_;
  std::map<std::string, journal::DestinationNumber> names_;
  std::map<journal::DestinationNumber, bool> paused_;
  std::set<journal::DestinationNumber> gone_;
  std::optional<std::string> violation_;
};

}  // namespace spillway::simulation
