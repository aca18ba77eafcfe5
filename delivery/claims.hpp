// The port through which the nodes of a cluster agree who delivers an event that several of them
// accepted (docs/correctness.md 32): asked between the local commit and the first attempt. Only
// where nodes share something; one node alone has none. One per engine, on the engine's executor.
#pragma once

#include "core/event.hpp"

#include <functional>

namespace spillway::delivery {

enum class Claim {
  won,          // no other node has it, or this one has had it before
  lost,         // another node has it, and delivers it
  unavailable,  // nobody knows: deliver anyway
};

class Claims {
 public:
  using Callback = std::move_only_function<void(Claim)>;

  virtual ~Claims() = default;

  // Claims an event that has a claim key, for all its deliveries. Calls back exactly once, soon, on
  // the engine's executor, never from within the call.
  virtual void claim(const core::Event& event, Callback callback) = 0;
};

}  // namespace spillway::delivery
