// Ordering: which ordering key and version an event has for a destination that keeps an order.
// Compiled from the destination's configuration, asked once per event on the front path.
// Immutable, any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "core/delivery.hpp"
#include "core/error.hpp"
#include "core/event.hpp"
#include "delivery/options.hpp"
#include "gateway/source.hpp"
#include "journal/hasher.hpp"
#include "journal/reopen.hpp"
#include "routing/json_body.hpp"
#include "routing/selector.hpp"

namespace spillway::gateway {

// A longer version counts as none: it is stored with each delivery.
inline constexpr std::size_t kVersionBytesMax = 256;

// An event as routes and orderings see it.
struct Subject {
  std::string_view source;
  std::span<const core::Header> headers;
  routing::JsonBody& body;
  const Unit& unit;  // what the source's kind made of it
};

class Ordering {
 public:
  // Of options with an order.
  [[nodiscard]] static core::Result<Ordering> compile(const delivery::OrderingOptions& options);

  // Fills in the target's order. False: the event has no ordering key, so it goes without.
  [[nodiscard]] bool apply(const Subject& subject, const journal::Hasher& hasher,
                           journal::Target& target) const;

 private:
  core::Order order_ = core::Order::none;
  std::optional<routing::Selector> key_;  // none: what the unit says
  std::optional<routing::Selector> version_;
};

}  // namespace spillway::gateway
