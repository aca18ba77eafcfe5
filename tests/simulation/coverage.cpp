#include "tests/simulation/coverage.hpp"

namespace spillway::simulation {
namespace {

constexpr std::array<std::string_view, kMarks> kNames = {
    "crash_idle",
    "crash_with_unsynced_batches",
    "crash_kept_some_unsynced",
    "crash_between_write_and_sync",
    "crash_before_ready",
    "write_failed",
    "sync_failed",
    "founding_failed",
    "write_stalled",
    "stall_shed",
    "sync_slow",
    "queue_full",
    "request_lost",
    "reply_lost",
    "request_doubled",
    "acked_resent",
    "memory_ack_survived",
    "memory_ack_lost",
    "request_memory_used_up",
    "request_refused_by_signature",
    "request_refused_by_journal",
    "key_with_other_body",
    "verdict_duplicate",
    "verdict_reopened",
    "verdict_conflict",
    "duplicate_joined_in_flight",
    "event_without_route",
    "replayed",
    "replayed_out_of_order",
    "rerouted",
    "dropped",
    "paused",
    "stale_settle",
    "destination_removed",
    "destination_brought_back",
    "crash_while_removed",
    "job_replayed",
    "job_dropped",
    "job_erased",
    "job_cancelled",
    "crash_during_job",
    "erased_while_waiting",
    "erased_in_flight",
    "retired_by_age",
    "retired_early",
    "kept_at_retirement",
    "swept",
    "keys_forgotten",
    "keys_forgotten_early",
    "retention_waited_for_clock",
    "crash_while_retiring",
    "wall_stepped_forward",
    "wall_stepped_back",
    "attempt_put_off",
    "destination_refused",
    "destination_hung",
    "destination_reset_before_arrival",
    "destination_reset_after_arrival",
    "destination_answered_garbage",
    "destination_slow",
    "destination_failed",
    "destination_redirected",
    "destination_rejected",
    "destination_gone",
    "retry_after",
    "retry_after_malformed",
    "event_poisoned",
    "breaker_opened",
    "probe_failed",
    "destination_recovered",
    "early_probe",
    "catch_up_page",
    "ramp_waited",
    "rate_waited",
    "parked",
    "unblocked",
    "superseded",
    "fetch_failed",
    "read_failed",
    "event_read_again",
    "stopped_while_busy",
    "stopped_at_deadline",
};

}  // namespace

std::string_view to_string(Mark mark) {
  return kNames[static_cast<std::size_t>(mark)];
}

std::vector<Mark> Coverage::missed() const {
  std::vector<Mark> missed;
  for (std::size_t i = 0; i < kMarks; ++i) {
    if (hits_[i] == 0) {
      missed.push_back(static_cast<Mark>(i));
    }
  }
  return missed;
}

}  // namespace spillway::simulation
