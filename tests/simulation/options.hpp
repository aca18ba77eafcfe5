// What one seed is about: how much work, how tight the limits, and which faults with what
// intensity. Each fault class is on or off per seed ("swarm"), so some runs are calm, some brutal;
// half of the runs have limits of one. A few runs are about isolation alone: one destination is
// well and all others are down, while the node has no trouble of its own.
//
// Not injected, because the design does not claim to survive it: loss of what was synced, and
// records that change on disk (the store's checksums find those; RocksDB's own tests do too).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "delivery/options.hpp"
#include "journal/retention.hpp"

namespace spillway::simulation {

struct Faults {
  // One in so many steps, writes, messages; 0: never.
  std::uint32_t crash = 0;
  std::uint32_t stop = 0;  // in order, with a deadline
  std::uint32_t failed_write = 0;
  std::uint32_t failed_sync = 0;
  std::uint32_t stall = 0;
  std::uint32_t slow_sync = 0;
  std::uint32_t lost_request = 0;
  std::uint32_t lost_reply = 0;
  std::uint32_t doubled_request = 0;
  std::uint32_t resent_although_acked = 0;
  std::uint32_t other_body = 0;
  std::uint32_t wall_step = 0;
  std::uint32_t failed_read = 0;
  std::uint32_t no_room = 0;  // for another socket
  std::uint32_t trouble = 0;  // of a destination
  std::uint32_t poison = 0;   // events that every destination fails on
  std::uint32_t forged_request = 0;
  std::uint32_t short_disk = 0;  // history goes early
};

struct Options {
  std::uint64_t seed = 0;

  std::uint32_t requests = 0;
  std::uint32_t events_per_request_max = 1;
  std::uint32_t ordering_keys = 1;
  std::uint32_t versions = 1;
  std::uint32_t engines = 1;
  bool ack_memory = false;  // of the source kMemorySource
  std::vector<delivery::DestinationOptions> destinations;
  bool isolation = false;  // the first destination is well, all others are down
  std::uint32_t operator_actions = 0;
  std::uint32_t jobs = 0;
  std::uint32_t reloads = 0;
  core::Duration span{};  // of the safety phase
  core::Duration dedup_window{};
  std::uint64_t dedup_bytes_max = 0;  // of a source's keys
  std::uint32_t housekeeping_rounds = 0;
  journal::Retention retention;

  std::size_t batch_commands_max = 1;
  std::size_t queue_commands_max = 1;
  std::size_t waiting_body_bytes_max = 0;  // held in memory by the lanes
  std::size_t request_bytes_max = 0;       // and by requests on their way into the journal

  Faults faults;
};

[[nodiscard]] Options draw_options(std::uint64_t seed);
[[nodiscard]] std::string to_string(const Options& options);

}  // namespace spillway::simulation
