// Coverage marks: every fault kind and recovery branch that the simulation claims to try. A batch
// in which one was never reached proves less than it says, so it fails. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace spillway::simulation {

enum class Mark : std::uint8_t {
  crash_idle,
  crash_with_unsynced_batches,
  crash_kept_some_unsynced,
  crash_between_write_and_sync,
  crash_before_ready,
  write_failed,
  sync_failed,
  founding_failed,
  write_stalled,
  stall_shed,
  sync_slow,
  queue_full,
  request_lost,
  reply_lost,
  request_doubled,
  acked_resent,
  memory_ack_survived,
  memory_ack_lost,
  request_memory_used_up,
  request_refused_by_signature,
  request_refused_by_journal,
  key_with_other_body,
  verdict_duplicate,
  verdict_reopened,
  verdict_conflict,
  duplicate_joined_in_flight,
  event_without_route,
  replayed,
  replayed_out_of_order,
  rerouted,
  dropped,
  paused,
  stale_settle,
  destination_removed,
  destination_brought_back,
  crash_while_removed,
  job_replayed,
  job_dropped,
  job_erased,
  job_cancelled,
  crash_during_job,
  erased_while_waiting,
  erased_in_flight,
  retired_by_age,
  retired_early,
  kept_at_retirement,
  swept,
  keys_forgotten,
  keys_forgotten_early,
  retention_waited_for_clock,
  crash_while_retiring,
  wall_stepped_forward,
  wall_stepped_back,
  attempt_put_off,
  destination_refused,
  destination_hung,
  destination_reset_before_arrival,
  destination_reset_after_arrival,
  destination_answered_garbage,
  destination_slow,
  destination_failed,
  destination_redirected,
  destination_rejected,
  destination_gone,
  retry_after,
  retry_after_malformed,
  event_poisoned,
  breaker_opened,
  probe_failed,
  destination_recovered,
  early_probe,
  catch_up_page,
  ramp_waited,
  rate_waited,
  parked,
  unblocked,
  superseded,
  fetch_failed,
  read_failed,
  event_read_again,
  stopped_while_busy,
  stopped_at_deadline,
  count_,
};
inline constexpr std::size_t kMarks = static_cast<std::size_t>(Mark::count_);
[[nodiscard]] std::string_view to_string(Mark mark);

class Coverage {
 public:
  void hit(Mark mark) { ++hits_[static_cast<std::size_t>(mark)]; }
  [[nodiscard]] std::uint64_t hits(Mark mark) const {
    return hits_[static_cast<std::size_t>(mark)];
  }
  [[nodiscard]] std::vector<Mark> missed() const;

 private:
  std::array<std::uint64_t, kMarks> hits_{};
};

}  // namespace spillway::simulation
