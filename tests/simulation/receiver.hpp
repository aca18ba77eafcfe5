// Receiver: a client at work behind its endpoint. It verifies each request that arrives, at the
// time when it arrives, as receivers of Standard Webhooks and of Meta do, with one secret of its
// own: the one that is about to be replaced, where there are two. And it expects of the headers
// what it was promised. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/event.hpp"
#include "delivery/destination.hpp"
#include "tests/simulation/traffic.hpp"

namespace spillway::simulation {

// A secret of the destination of that name: its first, or another.
[[nodiscard]] std::string signing_secret(std::string_view destination, std::uint32_t number);

// A request on its way.
struct Letter {
  core::EventPtr event;
  std::vector<core::Header> headers;
  std::uint32_t attempt = 0;
  delivery::DestinationPtr destination;  // as it was configured then
};

// `now` is the time by the clock of the node that sent it, so that a clock that is wrong does not
// matter. Empty: the client takes it.
[[nodiscard]] std::optional<std::string> find_fault(const Letter& letter, const SentEvent& sent,
                                                    core::Time now);

}  // namespace spillway::simulation
