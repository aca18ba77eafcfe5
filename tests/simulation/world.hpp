// World: what the outside saw. Which events were sent, which were acked, what requests reached the
// destinations, what operators were promised. It knows nothing of the node's memory, so it survives
// the node's crashes; the oracle holds the node to it. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
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
[[nodiscard]] std::string destination_name(std::size_t index);

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

class World {
 public:
  // --- upstreams ---
  void sent(const SentEvent& event) { sent_.emplace(event.body, event); }
  void acked(Ack ack) { acks_.push_back(std::move(ack)); }
  [[nodiscard]] const std::map<std::string, SentEvent, std::less<>>& sent() const { return sent_; }
  [[nodiscard]] const std::vector<Ack>& acks() const { return acks_; }

  // --- destinations ---
  // The first byte of a request for the delivery has arrived.
  void arrived(journal::DeliveryRef ref, std::uint32_t generation, const std::string& body);
  [[nodiscard]] const std::map<journal::DeliveryRef, std::string>& arrivals() const {
    return arrivals_;
  }

  // --- what the node answered ---
  // Written: it may be taken back by a crash until the next sync.
  void settled(journal::DeliveryRef ref, const Fate& fate) { unsynced_.emplace_back(ref, fate); }
  // Synced: it may not.
  void promised(journal::DeliveryRef ref, const Fate& fate);
  void synced();
  void crashed();
  [[nodiscard]] const std::map<journal::DeliveryRef, Fate>& fates() const { return fates_; }

  void named(const std::string& destination, journal::DestinationNumber number);
  [[nodiscard]] const std::map<std::string, journal::DestinationNumber>& names() const {
    return names_;
  }
  // Asked, so it is unknown which until it is answered.
  void pause_asked(journal::DestinationNumber number) { paused_.erase(number); }
  void pause_answered(journal::DestinationNumber number, bool paused) { paused_[number] = paused; }
  [[nodiscard]] const std::map<journal::DestinationNumber, bool>& paused() const { return paused_; }

  // The first violation ends the run.
  void violate(std::string what);
  [[nodiscard]] const std::optional<std::string>& violation() const { return violation_; }

 private:
  std::map<std::string, SentEvent, std::less<>> sent_;  // by body
  std::vector<Ack> acks_;
  std::map<journal::DeliveryRef, std::string> arrivals_;  // body of the first
  std::vector<std::pair<journal::DeliveryRef, Fate>> unsynced_;
  std::map<journal::DeliveryRef, Fate> fates_;
  std::map<std::string, journal::DestinationNumber> names_;
  std::map<journal::DestinationNumber, bool> paused_;
  std::optional<std::string> violation_;
};

}  // namespace spillway::simulation
