// Bugs on purpose, by which the simulation proves that it sees what it claims to see. A binary has
// none, unless its build defines SPILLWAY_PLANTED_BUG for the one file that holds the bug
// (tests/simulation/CMakeLists.txt). Not part of the product; any thread.
#pragma once

#include <cstdint>

namespace spillway::core {

enum class PlantedBug : std::uint8_t {
  none,
  ack_before_sync,            // journal/group_commit.cpp
  dedup_not_stored,           // journal/accept.cpp
  key_before_event,           // journal/writer.cpp
  survivors_not_copied,       // journal/retention.cpp
  purged_stays_in_memory,     // journal/purge.cpp
  settle_ignores_generation,  // journal/settle.cpp
  refill_before_sync,         // delivery/journal_backlog.cpp
  retry_after_success,        // delivery/judgement.cpp
  outcome_before_attempt,     // delivery/engine.cpp
  full_window_forgets,        // delivery/lane.cpp
  catch_up_forgotten,         // delivery/lane.cpp
  stale_version_kept,         // delivery/lane.cpp
  probe_never_made,           // delivery/breaker.cpp
  second_overtakes,           // journal/ordering.cpp
  parked_blocks_on,           // journal/ordering.cpp
  written_before_handing,     // retry/hand_over_desk.cpp
  taken_back_unvoided,        // journal/custody.cpp
  offsets_before_fates,       // retry/retry_worker.cpp
  control_not_awaited,        // retry/retry_worker.cpp
  lease_never_ends,           // retry/lease.cpp
  adopted_not_read,           // retry/lease_keeper.cpp
};

#ifdef SPILLWAY_PLANTED_BUG
constexpr PlantedBug kPlantedBug = PlantedBug::SPILLWAY_PLANTED_BUG;
#else
constexpr PlantedBug kPlantedBug = PlantedBug::none;
#endif

}  // namespace spillway::core
