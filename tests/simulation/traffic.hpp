// Traffic: the sources of the simulated node, one of each kind and policy on key conflicts, and
// what an upstream of each sends: signed where the kind asks for it, several events in one body
// where the kind has that. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/event.hpp"
#include "gateway/source_options.hpp"
#include "routing/route_table.hpp"
#include "tests/simulation/options.hpp"

namespace spillway::simulation {

struct Source {
  std::string_view name;
  gateway::SourceKind kind;
  journal::KeyConflict on_conflict;

  [[nodiscard]] bool signs() const { return kind != gateway::SourceKind::open; }
  [[nodiscard]] bool batches() const { return kind == gateway::SourceKind::whatsapp; }
};
inline constexpr std::array<Source, 4> kSources = {{
    {"accepting", gateway::SourceKind::hmac, journal::KeyConflict::accept},
    {"merging", gateway::SourceKind::open, journal::KeyConflict::duplicate},
    {"refusing", gateway::SourceKind::open, journal::KeyConflict::refuse},
    {"splitting", gateway::SourceKind::whatsapp, journal::KeyConflict::accept},
}};

// May have `ack: memory` (Options::ack_memory). Its events have no versions then: what a power cut
// takes of it would be known to be newer by its destination alone.
inline constexpr std::size_t kMemorySource = 1;

// An event as an upstream means it; its body is unique.
struct SentEvent {
  std::size_t source = 0;
  std::string key;   // empty: none
  std::string text;  // unique
  std::vector<std::size_t> targets;
  std::uint32_t ordering_key = 0;  // 0: none
  std::uint32_t version = 0;       // 0: none
  bool poisoned = false;           // no destination can take its first attempts
  std::size_t request = 0;         // events of one request are accepted together or not at all
  std::string body;                // as the node must store and forward it
};

// A request as it goes over the network.
struct SentRequest {
  std::size_t source = 0;
  std::vector<SentEvent> events;
  std::vector<core::Header> headers;
  std::string body;
  bool forged = false;  // changed on the way, so its signature does not fit
};

// Where an ordering key and a version stand; events of one request share them.
inline constexpr std::string_view kOrderingKey = "X-Key";
inline constexpr std::string_view kVersion = "X-Version";

// Of the source's events, one or more if it batches. Fills in their bodies.
[[nodiscard]] SentRequest make_request(std::vector<SentEvent> events);

// Where its text stands in the body of an event of the source: a JSON pointer.
[[nodiscard]] std::string text_pointer(std::size_t source);

// The largest part of the node's memory for received bodies that a request may need.
inline constexpr std::size_t kRequestMemoryMost = 1'800;

[[nodiscard]] gateway::SourceOptions source_options(std::size_t source, const Options& options);
// From every source to every destination that an event names.
[[nodiscard]] std::vector<routing::RouteOptions> routes(const Options& options);

}  // namespace spillway::simulation
