// Plan: everything the front door takes from the configuration, compiled: sources by path, routes,
// destination numbers. Immutable once made; a reload makes a new one and swaps it in whole.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/event.hpp"
#include "core/rate_limit.hpp"
#include "gateway/ordering.hpp"
#include "gateway/probe.hpp"
#include "gateway/source.hpp"
#include "journal/command.hpp"
#include "journal/hasher.hpp"
#include "journal/records.hpp"
#include "journal/reopen.hpp"
#include "routing/route_table.hpp"

namespace spillway::gateway {

// A source as the front door uses it.
struct Door {
  std::shared_ptr<const Source> source;
  journal::SourceNumber number = 0;
  journal::Command::Durability durability = journal::Command::Durability::synced;
  std::optional<OnUnavailable> replicated;  // copies are to stand before the answer
  std::shared_ptr<core::RateLimit> rate;    // none: unlimited
  std::size_t body_bytes_max = 0;
  SourceProbe* probe = nullptr;  // lives as long as the process
};

struct Plan {
  std::map<std::string, Door, std::less<>> by_path;
  routing::RouteTable routes;
  std::map<std::string, journal::DestinationNumber, std::less<>> destinations;
  std::unordered_map<journal::DestinationNumber, std::string> destination_names;
  std::map<journal::DestinationNumber, Ordering> orderings;  // of those that keep an order

  [[nodiscard]] const Door* find(std::string_view path) const;

  // Where an event goes by these routes; each destination once. `unordered` grows by how often an
  // order would be kept, had the event an ordering key.
  [[nodiscard]] std::vector<journal::Target> targets(const Subject& subject,
                                                     const journal::Hasher& hasher,
                                                     std::size_t& unordered) const;
  // The same of an event accepted earlier.
  [[nodiscard]] std::vector<journal::Target> targets(const core::Event& event,
                                                     const journal::Hasher& hasher) const;
};

}  // namespace spillway::gateway
