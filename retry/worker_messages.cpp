#include "retry/worker_messages.hpp"

#include "retry/control_record.hpp"
#include "retry/fate_record.hpp"

#include <fmt/format.h>

#include <utility>

namespace spillway::retry {

OutgoingMessage WorkerMessages::hop(SpoolRecord record, core::Duration tier) const {
  ++record.hop;
  return {.topic = topics_.retry(tier), .message = record.encode()};
}

OutgoingMessage WorkerMessages::fate(const SpoolRecord& record, const VisitOutcome& outcome) const {
  FateRecord fate;
  fate.event = record.event->id;
  fate.destination = record.destination;
  fate.generation = record.generation;
  fate.state = outcome.state;
  fate.reason = outcome.reason;
  fate.due = outcome.due;
  fate.attempts = record.attempts;
  fate.attempt = outcome.attempt;
  fate.worker = worker_;
  return {.topic = topics_.ledger(),
          .message = fate.encode(),
          .partition = node_partition(record.event->id.node_tag(), ledger_partitions_)};
}

OutgoingMessage WorkerMessages::dead(const SpoolRecord& record, const VisitOutcome& outcome) const {
  OutgoingMessage letter{.topic = topics_.dead(), .message = record.encode()};
  auto& headers = letter.message.headers;
  headers.push_back({"dead-reason", std::string(to_string(outcome.reason))});
  if (outcome.attempt.number != 0) {
    headers.push_back({"dead-status", fmt::format("{}", outcome.attempt.status)});
    headers.push_back({"dead-error", outcome.attempt.error});
  }
  return letter;
}

OutgoingMessage WorkerMessages::dead(SpoolMessage message) const {
  return {.topic = topics_.dead(), .message = std::move(message)};
}

OutgoingMessage WorkerMessages::over(const SpoolRecord& record) const {
  const ControlRecord none{.asks = VoidCopies{.event = record.event->id,
                                              .destination = record.destination,
                                              .generation = record.generation},
                           .over = true};
  return {.topic = topics_.control(), .message = none.encode()};
}

std::size_t bytes_of(const SpoolMessage& message) {
  constexpr std::size_t kOverhead = 256;
  constexpr std::size_t kHeaderOverhead = 64;
  std::size_t bytes = kOverhead + message.key.size() + message.value.size();
  for (const core::Header& header : message.headers) {
    bytes += kHeaderOverhead + header.name.size() + header.value.size();
  }
  return bytes;
}

}  // namespace spillway::retry
