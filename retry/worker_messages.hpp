// What a worker writes about the records it reads: next hops, fates, dead letters, and that a copy
// is gone. Pure; any thread.
#pragma once

#include "retry/attempts.hpp"
#include "retry/spool_message.hpp"
#include "retry/spool_record.hpp"
#include "retry/topics.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace spillway::retry {

class WorkerMessages {
 public:
  // `worker` is the node's name in the fates of what it attempts.
  WorkerMessages(Topics topics, std::int32_t ledger_partitions, std::string worker)
      : topics_(std::move(topics)),
        ledger_partitions_(ledger_partitions),
        worker_(std::move(worker)) {}

  [[nodiscard]] const Topics& topics() const { return topics_; }

  // The record as it goes on to the topic of the tier.
  [[nodiscard]] OutgoingMessage hop(SpoolRecord record, core::Duration tier) const;

  // What the visit has come to; `record.attempts` counts its attempt.
  [[nodiscard]] OutgoingMessage fate(const SpoolRecord& record, const VisitOutcome& outcome) const;

  // The record as it was given up on, with why in headers of their own: dead-reason, and after an
  // attempt dead-status and dead-error.
  [[nodiscard]] OutgoingMessage dead(const SpoolRecord& record, const VisitOutcome& outcome) const;
  // A message that could not be understood, as it is.
  [[nodiscard]] OutgoingMessage dead(SpoolMessage message) const;

  // There is no copy of the record's generation any more.
  [[nodiscard]] OutgoingMessage over(const SpoolRecord& record) const;

 private:
  Topics topics_;
  std::int32_t ledger_partitions_;
  std::string worker_;
};

// What it takes in memory, nearly.
[[nodiscard]] std::size_t bytes_of(const SpoolMessage& message);

}  // namespace spillway::retry
