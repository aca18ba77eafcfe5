// A visit: the attempt of a delivery that another journal holds, or this one has handed over, made
// by the lane of its destination here, which knows how that is. It takes a slot of the lane like
// any other; its outcome is told, not written.
#pragma once

#include "core/clock.hpp"
#include "core/event.hpp"
#include "journal/records.hpp"
#include "journal/settle.hpp"

#include <cstdint>
#include <functional>
#include <optional>

namespace spillway::delivery {

struct Visit {
  journal::DestinationNumber destination = journal::kNoDestination;
  core::EventPtr event;
  std::uint32_t generation = 1;
  std::uint32_t attempts = 0;  // made in this generation
  core::Time opened;           // start of this generation
  core::Duration paused{};     // of the time since then, its destination was paused for so long
};

struct VisitEnd {
  // What follows from the attempt, or from the delivery's time being over. Its `ref` means nothing.
  // Empty: nothing was tried,
  std::optional<journal::Settlement> settlement{};
  // and is not to be before so long.
  core::Duration wait{};
};

using VisitCallback = std::move_only_function<void(VisitEnd)>;

// The least wait of one that was turned away.
inline constexpr core::Duration kVisitPauseMin = std::chrono::seconds(30);
inline constexpr core::Duration kVisitPauseMax = std::chrono::minutes(10);

}  // namespace spillway::delivery
